using BenchmarkDotNet.Running;
using Provider.Benchmarks;
using Provider.Benchmarks.Load;
using Provider.Benchmarks.Micro;
using Provider.Benchmarks.Soak;
using Provider.Benchmarks.Web;

if (!Arguments.TryParse(args, out var arguments))
{
    await Console.Error.WriteLineAsync(Arguments.Usage);
    return 2;
}

switch (arguments.Verb)
{
    case "load":
        await LoadCommand.RunAsync(arguments);
        break;
    case "soak":
        return await SoakCommand.RunAsync(arguments);
    case "cpu":
        await CpuCommand.RunAsync(arguments);
        break;
    case "web":
        await WebCommand.RunAsync(arguments);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Arguments).Assembly).Run(arguments.Rest, new MicroConfig());
        break;
}

return 0;

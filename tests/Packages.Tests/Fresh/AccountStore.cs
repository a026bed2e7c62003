// Where the quick start's accounts come from, as long as it leaves that to its reader.
[assembly: HostingStartup(typeof(AccountStoreStartup))]

public sealed class AccountStoreStartup : IHostingStartup
{
    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(static services => services.AddSingleton<AccountStore>());
}

public sealed record StoredAccount(string Id);

public sealed class AccountStore
{
    public Task<StoredAccount> LoadAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new StoredAccount(id));
    }
}

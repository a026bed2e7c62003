using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using ScopedCaching;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>Which of several attributes says an endpoint's level.</summary>
public sealed class EndpointLevelsTests
{
    private static readonly CacheLevelAttribute s_stack = new(StorageLevel.Stack);
    private static readonly CacheLevelAttribute s_session = new(StorageLevel.Session);
    private static readonly CacheLevelAttribute s_service = new(StorageLevel.Service);

    [Fact]
    public void No_endpoint_and_no_attribute_say_nothing()
    {
        Assert.Null(EndpointLevels.Of(new DefaultHttpContext()));
        Assert.Null(Of());
        Assert.Null(Of(Action()));
        Assert.Null(Of(Action(new object())));
    }

    [Fact]
    public void The_last_attribute_counts() => Assert.Equal(StorageLevel.Session, Of(s_service, s_stack, s_session));

    [Fact]
    public void What_action_and_controller_say_counts_before_what_is_said_of_all()
    {
        Assert.Equal(StorageLevel.Session, Of(s_stack, Action(s_service, s_session), s_service));
        Assert.Equal(StorageLevel.Service, Of(Action(s_service, new object()), s_service, s_session));
        Assert.Equal(StorageLevel.Stack, Of(Action(s_stack), s_session));
        Assert.Equal(StorageLevel.Session, Of(Action(new object()), s_session));
    }

    private static ActionDescriptor Action(params object[] metadata) => new() { EndpointMetadata = metadata };

    private static StorageLevel? Of(params object[] metadata)
    {
        var context = new DefaultHttpContext();
        context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(metadata), displayName: null));
        return EndpointLevels.Of(context);
    }
}

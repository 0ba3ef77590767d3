/// A kind of request that makes something without the owner's labels, and how often it went through.
public struct UnownedRequest: Sendable, Hashable {
    /// Of the request, without the API's version: `/services/create`, `/libpod/containers/create`.
    public let path: String
    public let count: Int
}

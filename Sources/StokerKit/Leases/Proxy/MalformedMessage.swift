/// What is not plain HTTP/1.1: refused, since the proxy and the engine might read it in different ways.
struct MalformedMessage: Error, Equatable {
    /// For a person, as in `malformed request: …`.
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// What goes wrong with a request.
enum SimulatedFault: CaseIterable, Sendable {
    /// No answer in time, and nothing done.
    case hang
    /// No answer in time, but what was asked for is done.
    case silentSuccess
    /// The connection is closed before anything is done.
    case cut
    case closedAfterwards
    /// The answer comes, half a minute late.
    case slow
    /// A part of the body's bytes.
    case torn
    case otherJSON
    case serverError
    case conflict
    /// A container, or an exec, that is there is said not to be.
    case notFound
    /// The engine is away, and no request is answered for a while.
    case restart
    /// Somebody sets the engine's clock.
    case clockStep
}

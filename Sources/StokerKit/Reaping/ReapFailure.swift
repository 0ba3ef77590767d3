public import StokerCore

/// Why a container that should have gone did not: the `code` of a report's entry that `failed`.
enum ReapFailure: String {
    /// The second look brought nothing that could be read.
    case unreadable
    case refused = "removal-refused"
    /// The request to remove it was not answered in time, or not at all, and it is still there.
    case unanswered = "removal-unanswered"
    /// Its removal is in progress, by whomever, and comes to no end.
    case endless = "removal-endless"
    /// It would not go before, and is not due yet to be tried again.
    case setAside = "set-aside"
    /// The engine has stopped answering before its turn came.
    case engineSilent = "engine-silent"
    case interrupted

    init?(of container: ReapReport.Container) {
        guard container.decision == .failed, let failure = ReapFailure(rawValue: container.code) else {
            return nil
        }
        self = failure
    }

    /// Whether the container itself is the trouble, so that it should be left alone for a while.
    var isSetback: Bool {
        switch self {
        case .unreadable, .refused, .unanswered, .endless: true
        case .setAside, .engineSilent, .interrupted: false
        }
    }
}

extension ReapReport {
    /// Whether the engine stopped answering in the middle, and what had not had its turn by then was left alone.
    /// An engine that does so should be left alone for a while.
    public var engineFellSilent: Bool { containers.contains { ReapFailure(of: $0) == .engineSilent } }
}

extension ReapReport.Container {
    func failed(_ failure: ReapFailure, _ reason: String) -> Self {
        var container = self
        container.decision = .failed
        container.code = failure.rawValue
        container.reason = reason
        return container
    }

    /// - Parameter bySomebodyElse: whether we have not asked for it, or not as the first.
    func went(bySomebodyElse: Bool) -> Self {
        var container = self
        container.decision = bySomebodyElse ? .gone : .removed
        if bySomebodyElse { container.reason = "somebody else removed it" }
        return container
    }
}

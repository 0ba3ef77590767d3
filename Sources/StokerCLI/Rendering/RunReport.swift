import StokerCore
import StokerKit

/// Tells on standard error what a leased command has left behind. Nothing where it left nothing.
struct RunReport {
    private let outcome: LeasedRun.Outcome

    /// Names that are told of each kind; the rest is counted.
    private static let most = 10

    init(_ outcome: LeasedRun.Outcome) { self.outcome = outcome }

    func tell() {
        let removed = (outcome.report?.lines ?? []).filter { !$0.decision.isLeft }.map(\.title)
        if !removed.isEmpty { Diagnostics.note("removed what was left behind: \(RunReport.list(removed))") }
        if !outcome.unowned.isEmpty {
            Diagnostics.warning(
                "created beside this run and not through its DOCKER_HOST, so not owned and still there: "
                    + RunReport.list(outcome.unowned))
        }
        for request in outcome.unownedRequests {
            Diagnostics.warning(
                "what was asked for by POST \(request.path) is not owned (\(request.count) in all)")
        }
        if let problem = outcome.problem {
            Diagnostics.warning("\(problem); `stoker reap` or the agent will try again")
        }
    }

    private static func list(_ names: [String]) -> String {
        let rest = names.count - most
        return names.prefix(most).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

import Foundation
import StokerCore
import StokerKit

/// What has become of an image so far, for those who ask.
struct ImageStory: Sendable {
    var state: ImageKeeper.Machine.State = .resting
    var verdict: ImageKeeper.Machine.Verdict = .unknown
    /// What goes on at this moment, for who comes later.
    var latest: WarmEvent?
    private(set) var refusal: Warmer.BuildRefusal?
    private var refusalRun = 0
    private(set) var lastResult: WarmResult?
    private(set) var lastBuild: StatusReport.Build?
    var problem: String?

    mutating func finished(_ result: WarmResult) {
        lastResult = result
        refusal = nil
        problem = nil
        if result.outcome == .built {
            lastBuild = StatusReport.Build(
                at: Date().timeIntervalSince1970, seconds: result.seconds, reason: result.reason ?? "",
                succeeded: true)
        }
    }

    /// Whether the last result came with this warning too.
    func hasTold(_ warning: String) -> Bool { lastResult?.warnings.contains(warning) == true }

    /// The refusal that a run must not repeat; `nil` when it may.
    func refusal(before run: Int, for trigger: ImageKeeper.Machine.Trigger) -> Warmer.BuildRefusal? {
        switch trigger {
        case .change: refusal
        case .question: nil
        case .questionDuringWork: refusalRun == run - 1 ? refusal : nil
        }
    }

    mutating func refused(_ refusal: Warmer.BuildRefusal, inRun run: Int) {
        self.refusal = refusal
        refusalRun = run
        problem = refusal.error.description
        lastBuild = StatusReport.Build(
            at: Date().timeIntervalSince1970, seconds: refusal.seconds, reason: refusal.reason,
            succeeded: false)
    }

    func report(name: String, tag: String) -> StatusReport.Image {
        let isCurrent = if case .current = verdict { true } else { false }
        return StatusReport.Image(
            name: name, tag: tag, state: reportedState, digest: isCurrent ? lastResult?.digest : nil,
            imageID: isCurrent ? lastResult?.imageID : nil, lastBuild: lastBuild, problem: problem,
            warnings: lastResult?.warnings ?? [])
    }

    private var reportedState: StatusReport.Image.State {
        switch (state, verdict) {
        case (.settling, _): .settling
        case (.working, .current) where !isBuilding: .current
        case (.working, _): .building
        case (_, .unknown): .unknown
        case (_, .current): .current
        case (_, .failed): .failed
        case (_, .hindered): .hindered
        }
    }

    private var isBuilding: Bool {
        if case .building = latest { true } else { false }
    }
}

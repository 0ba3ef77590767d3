import Foundation
import StokerAgent
import StokerCore

/// A status report for people.
struct StatusText {
    private(set) var lines: [String] = []
    private let now = Date().timeIntervalSince1970

    init(_ report: StatusReport) {
        let agent = report.agent
        lines.append(
            "agent \(agent.version), process \(agent.pid), for \(age(agent.since)), engine \(agent.endpoint), "
                + "snapshots \(StatusText.size(agent.snapshotBytes))")
        for project in report.projects { add(project) }
        let runs = report.runs ?? []
        if !runs.isEmpty { lines.append("") }
        for run in runs { add(run) }
    }

    private mutating func add(_ run: StatusReport.Run) {
        let process = run.pid.map { ", process \($0)" } ?? ""
        lines.append("run  \(run.command)  in \(run.project)\(process), begun \(age(run.since)) ago")
        switch run.state {
        case .alive: break
        case .dead: lines.append("    dead (\(run.reason ?? "")); what it left on \(run.engine) goes")
        case .unknown: lines.append("    of its life nothing is proved: \(run.reason ?? "")")
        }
    }

    private mutating func add(_ project: StatusReport.Project) {
        lines += ["", project.root]
        if let problem = project.problem { lines.append("  problem: \(problem)") }
        lines += (project.warnings ?? []).map { "  warning: \($0)" }
        for image in project.images {
            lines.append(
                "  \(image.name)  \(image.tag)  \(image.state.rawValue)\(image.imageID.map { "  \($0.prefix(19))" } ?? "")"
            )
            if let build = image.lastBuild {
                lines.append(
                    "    last build \(build.succeeded ? "done" : "failed") \(age(build.at)) ago in "
                        + "\(StatusText.seconds(build.seconds)): \(build.reason)")
            }
            if let problem = image.problem {
                lines += problem.split(separator: "\n").map { "    " + $0 }
            }
            lines += image.warnings.map { "    warning: \($0)" }
        }
        for watch in project.watches {
            lines.append("  watching \(watch.directories) folders below \(watch.root)")
            lines += watch.problems.map { "    warning: \($0)" }
        }
        if let reap = project.lastReap {
            lines.append(
                "  last reap \(age(reap.at)) ago: \(reap.removed) removed, \(reap.kept) kept, \(reap.failed) failed"
            )
            if let problem = reap.problem { lines.append("    \(problem)") }
        }
    }

    private func age(_ moment: Double) -> String {
        // An agent passes on what the files of leases say.
        DurationText.format(seconds: (now - moment).rounded(.down))
    }

    private static func seconds(_ value: Double) -> String {
        (0..<1e6).contains(value) ? String(format: "%.1f s", value) : DurationText.format(seconds: value)
    }

    private static func size(_ bytes: Int64) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}

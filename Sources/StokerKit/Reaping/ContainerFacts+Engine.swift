import Foundation
package import StokerCore

extension ContainerFacts {
    /// All containers by an answer to the question for the list of them.
    package static func listed(inAnswer body: [UInt8]) throws -> [ContainerFacts] {
        try JSONDecoder().decode([ListedContainer].self, from: Data(body)).map { ContainerFacts($0) }
    }

    init(_ listed: ListedContainer) {
        self.init(
            id: listed.id, names: listed.names, state: ContainerState(engineName: listed.state),
            created: EngineTime(unixSeconds: listed.created), labels: listed.labels ?? [:],
            image: listed.image, references: listed.references)
    }

    /// - Parameter liveExecs: `nil` when that could not be found out.
    init(_ inspected: InspectedContainer, liveExecs: [InspectedExec]?) throws {
        self.init(
            id: inspected.id, names: [inspected.name],
            state: ContainerState(engineName: inspected.state.status),
            created: try EngineTime.parse(inspected.created), labels: inspected.config.labels ?? [:],
            image: inspected.config.image ?? "", references: inspected.references,
            details: Details(
                startedAt: try EngineTime.parse(inspected.state.startedAt),
                finishedAt: try EngineTime.parse(inspected.state.finishedAt),
                restartPolicy: (inspected.hostConfig.restartPolicy?.name).map(
                    RestartPolicy.init(engineName:)),
                hasLiveExec: liveExecs.map { !$0.isEmpty },
                // One that does not say may have one.
                hasLiveTerminal: liveExecs.map { $0.contains { $0.process?.tty != false } }))
    }
}

import Glibc
import StokerAgent
import SystemPackage
import Testing

/// A running agent of a project's.
struct TestAgent: Sendable {
    let process: RunningProgram
    private let client: ControlClient

    /// Starts it and waits until it answers.
    init(
        _ project: TestProject, _ words: String..., environment: [String: String] = [:]
    ) async throws {
        process = try project.start([TestEngine.program, "agent"] + words, environment: environment)
        let client = ControlClient(socket: FilePath(project.agentSocket))
        self.client = client
        try await process.until("answered") { try await client.status() != nil }
    }

    func status() async throws -> StatusReport {
        try #require(try await client.status(), "\(process.stderr)")
    }

    /// The report of its first project's image.
    func image(_ index: Int = 0) async throws -> StatusReport.Image? {
        let images = try await status().projects[0].images
        return images.indices.contains(index) ? images[index] : nil
    }

    /// Waits for what the first project's image comes to.
    @discardableResult
    func untilImage(
        _ what: String, within limit: Duration = .seconds(300),
        _ condition: (StatusReport.Image) -> Bool
    ) async throws -> StatusReport.Image {
        var latest: StatusReport.Image?
        do {
            try await process.until(what, within: limit) {
                latest = try await image()
                return latest.map(condition) ?? false
            }
        } catch let error as RunningProgram.Overdue {
            throw RunningProgram.Overdue(description: "\(error)\nlast: \(String(describing: latest))")
        }
        return try #require(latest)
    }

    /// Waits until it has, by itself, the image for the inputs with this digest.
    func untilCurrent(digest: String) async throws {
        try await untilImage("had the image of \(digest)") { $0.state == .current && $0.digest == digest }
    }

    /// SIGTERM, and its end.
    @discardableResult
    func stop() async throws -> Outcome {
        process.signal(SIGTERM)
        return try await process.value()
    }
}

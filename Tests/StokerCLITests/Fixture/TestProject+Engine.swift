import Foundation
import StokerKit
import Testing

extension TestProject {
    /// Runs the docker client on the engine itself, past any socket of the test's own.
    @discardableResult
    func docker(_ words: String...) async throws -> Outcome {
        try await start([client] + words, environment: ["DOCKER_HOST": TestEngine.host ?? ""]).value()
    }

    /// The full ID that a reference has on the engine; `nil` when it is not there.
    func imageID(_ reference: String? = nil) async throws -> String? {
        let outcome = try await docker("image", "inspect", "--format", "{{.Id}}", reference ?? tag)
        return outcome.status == 0 ? outcome.stdout.trimmingCharacters(in: .newlines) : nil
    }

    /// Whether the engine remembers of which container an image was made: those before 26 do.
    func engineTellsContainersOfImages() async throws -> Bool {
        let version = try await docker("version", "--format", "{{.Server.Version}}").stdout
        return try #require(Int(version.prefix { $0 != "." })) < 26
    }

    /// Removes the image with all of its tags, so that nothing of it is kept.
    func removeImage() async throws {
        let outcome = try await docker("rmi", "--force", try #require(try await imageID()))
        try #require(outcome.status == 0, "\(outcome.stderr)")
    }

    /// The content of `/a` in the image.
    func contentOfA(_ reference: String? = nil) async throws -> String {
        try await content(of: "a", reference)
    }

    /// The content of a file in the image's root.
    func content(of name: String, _ reference: String? = nil) async throws -> String {
        let outcome = try await shell(
            """
            id=$(docker create \(reference ?? tag) nothing) || exit
            docker cp "$id:/\(name)" - | tar --extract --to-stdout
            docker rm "$id" >/dev/null
            """)
        return outcome.stdout
    }

    /// Creates a container that has the project's label, and a name.
    func createContainer(_ name: String, _ words: String...) async throws {
        let outcome = try await start(
            [client, "create", "--name", name, "--label", "dev.stoker.test=\(id)"] + words,
            environment: ["DOCKER_HOST": TestEngine.host ?? ""]
        ).value()
        try #require(outcome.status == 0, "\(outcome.stderr)")
    }

    /// The names of the containers that the project has on the engine, sorted.
    func containers() async throws -> [String] {
        try await docker("ps", "--all", "--filter", "label=dev.stoker.test=\(id)", "--format", "{{.Names}}")
            .stdout.split(separator: "\n").map(String.init).sorted()
    }

    func removeFromEngine() async {
        _ = try? await shell(
            """
            export DOCKER_HOST=\(TestEngine.host ?? "")
            label=label=dev.stoker.test=\(id)
            docker ps --all --quiet --filter $label | xargs -r docker rm --force
            docker images --quiet --filter $label | sort -u | xargs -r docker rmi --force
            """)
    }

    // MARK: Answers of stoker

    struct WarmAnswer: Decodable, Equatable {
        var image: String
        var imageID: String
        var digest: String
        var outcome: String
        var via: String
        var seconds: Double
        var reason: String?
        var warnings: [String]
        var wait: WarmWait?
    }

    /// `stoker warm --json`, which must succeed.
    func warm(_ more: String...) async throws -> WarmAnswer {
        let outcome = try await start([TestEngine.program, "warm", "--json"] + more).value()
        try #require(outcome.status == 0, "\(outcome.stderr)")
        return try outcome.json(WarmAnswer.self)
    }

    /// `stoker warm --json` by so many processes at once.
    func warmAtOnce(_ count: Int) async throws -> [WarmAnswer] {
        let running = try (0..<count).map { _ in try stokerStarted("warm", "--json") }
        var answers: [WarmAnswer] = []
        for process in running {
            let outcome = try await process.value()
            try #require(outcome.status == 0, "\(outcome.stderr)")
            answers.append(try outcome.json(WarmAnswer.self))
        }
        return answers
    }

    /// `stoker inputs --digest`, of a look that is independent of any agent's.
    func digest() async throws -> String {
        let outcome = try await stoker("inputs", "--digest", "--no-agent")
        try #require(outcome.status == 0, "\(outcome.stderr)")
        return outcome.stdout.trimmingCharacters(in: .newlines)
    }
}

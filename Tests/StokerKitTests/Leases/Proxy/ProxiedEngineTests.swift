import Foundation
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// Docker's clients through the proxy to a real engine.
@Suite(.enabled(if: TestEngine.isThere, "\(TestEngine.skipped)"), .timeLimit(.minutes(60)))
struct ProxiedEngineTests {
    static let base = TestEngine.base
    static let busybox = "/bin/busybox"

    @Test(arguments: TestEngine.clients) func whatItsClientsCreateHasTheLabels(client: String) async throws {
        try await ProxiedEngine.with { engine in
            let name = "\(engine.owner)-a"
            try engine.docker(
                client, "create", "--network", "none", "--label", "mine=1", "--name", name, Self.base, "true")
            try engine.docker(client, "volume", "create", "--label", "mine=1", name)
            try engine.docker(client, "volume", "create")
            // One that only holds settings needs no driver, and so no bridge.
            try engine.docker(client, "network", "create", "--config-only", "--label", "mine=1", name)
            #expect(try engine.owned("network").count == 1)
            #expect(try engine.owned("container").count == 1)
            #expect(try engine.owned("volume").count == 2)
            let labels = try engine.direct(["inspect", "--format", "{{json .Config.Labels}}", name])
            #expect(
                try JSONDecoder().decode([String: String].self, from: Data(labels.utf8)) == [
                    "mine": "1", "dev.stoker.test": engine.owner,
                ])
        }
    }

    @Test(arguments: TestEngine.clients) func streamsPassBothWays(client: String) async throws {
        try await ProxiedEngine.with { engine in
            engine.project.write("input", String(repeating: "0123456789abcde\n", count: 200_000))
            let input = engine.project.path("input").string
            let wanted = try Command("sh", "-c", "sha256sum <'\(input)'").output
            // The end of the input has to arrive, or it would never end.
            let run = try engine.docker(
                client, "run", "-i", "--rm", "--network", "none", Self.base, Self.busybox, "sha256sum",
                input: input)
            #expect(run.output == wanted)
            let name = "\(engine.owner)-s"
            try engine.docker(
                client, "run", "-d", "--network", "none", "--name", name, Self.base, Self.busybox, "sleep",
                "100000")
            let piped = try engine.docker(client, "exec", "-i", name, Self.busybox, "sha256sum", input: input)
            #expect(piped.output == wanted)
        }
    }

    @Test(arguments: TestEngine.clients) func outputAndStatusArriveAsTheyWere(client: String) async throws {
        try await ProxiedEngine.with { engine in
            let name = "\(engine.owner)-l"
            let script =
                "busybox cat >/dev/null; for i in $(busybox seq 2000); do echo line $i; done; echo err >&2; exit 3"
            try engine.docker(
                client, "create", "-i", "--network", "none", "--name", name, Self.base, Self.busybox, "sh",
                "-c", script)
            let wanted = (1...2000).map { "line \($0)\n" }.joined()
            // Attached before it starts, and told of its status.
            let started = try Command(
                "sh", "-c", "DOCKER_HOST=unix://\(engine.socket) '\(client)' start -a -i \(name) </dev/null")
            #expect(started.status == 3)
            #expect(started.output == wanted)
            #expect(started.errors.contains("err"))
            let logs = try engine.docker(client, "logs", "-f", name)
            #expect(logs.output == wanted)
            #expect(logs.errors == "err\n")
            #expect(try engine.docker(client, "wait", name).output == "3\n")
        }
    }

    /// Heard while they happen: of what is over, the engine keeps the last 256 events of everybody.
    @Test(arguments: TestEngine.clients) func eventsArriveWhileTheyHappen(client: String) async throws {
        try await ProxiedEngine.with { engine in
            let name = "\(engine.owner)-e"
            let heard = engine.project.path("heard").string
            let listener = try ChildProcess(
                [
                    client, "events", "--since", "\(Int(Date.now.timeIntervalSince1970) - 1)", "--filter",
                    "container=\(name)", "--format", "{{.Action}}",
                ], environment: engine.environment, output: .file(heard))
            func text() -> String { (try? String(contentsOfFile: heard, encoding: .utf8)) ?? "" }
            try engine.docker(
                client, "run", "--network", "none", "--name", name, Self.base, Self.busybox, "true")
            while listener.isRunning, !text().contains("die\n") {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(listener.signal(SIGTERM))
            #expect(text().contains("create\n"))
            #expect(text().contains("die\n"))
            _ = await listener.status
        }
    }

    @Test(arguments: TestEngine.clients) func filesAreCopiedBothWays(client: String) async throws {
        try await ProxiedEngine.with { engine in
            let name = "\(engine.owner)-c"
            try engine.docker(client, "create", "--network", "none", "--name", name, Self.base, "true")
            engine.project.folder("tree")
            for number in 0..<20 {
                engine.project.write("tree/\(number)", String(repeating: "\(number) text\n", count: 50_000))
            }
            let (tree, back) = (engine.project.path("tree").string, engine.project.path("back").string)
            try engine.docker(client, "cp", tree, "\(name):/tree")
            try engine.docker(client, "cp", "\(name):/tree", back)
            #expect(try Command("diff", "-r", tree, back).status == 0)
        }
    }

    @Test(arguments: TestEngine.clients) func imagesAreSavedAndLoaded(client: String) async throws {
        try await ProxiedEngine.with { engine in
            let (file, direct) = (engine.project.path("a.tar").string, engine.project.path("b.tar").string)
            let id = try engine.direct(["inspect", "--format", "{{.Id}}", Self.base])
            try engine.docker(client, "save", "-o", file, Self.base)
            try engine.direct(["save", "-o", direct, Self.base])
            #expect(try Command("cmp", file, direct).status == 0)
            try engine.docker(client, "load", "-i", file)
            #expect(try engine.direct(["inspect", "--format", "{{.Id}}", Self.base]) == id)
        }
    }

    @Test(arguments: TestEngine.clients, ["0", "1"])
    func imagesAreBuilt(client: String, buildKit: String) async throws {
        // A newer client has BuildKit in a plugin, and refuses the variable without it.
        let plugin = try Command(client, "buildx", "version").status == 0
        if buildKit == "1", !plugin, try Command(client, "--version").output.contains("version 20.") == false
        {
            return
        }
        try await ProxiedEngine.with { engine in
            let tag = "stoker-test-proxied:\(engine.owner)"
            defer { _ = try? engine.direct(["rmi", "-f", tag]) }
            engine.project.write(
                "Dockerfile",
                "FROM \(Self.base)\nCOPY big /big\nRUN [\"/bin/busybox\", \"sh\", \"-c\", \"busybox sha256sum /big >/sum\"]\n"
            )
            engine.project.write("big", String(repeating: engine.owner, count: 500_000))
            try engine.docker(
                client, "build", "--no-cache", "--network", "none", "-t", tag, engine.project.root.string,
                environment: ["DOCKER_BUILDKIT": buildKit])
            let sum = try engine.docker(
                client, "run", "--rm", "--network", "none", tag, Self.busybox, "cat", "/sum"
            ).output
            let wanted = try Command("sha256sum", engine.project.path("big").string).output
            #expect(sum.prefix(64) == wanted.prefix(64))
        }
    }
}

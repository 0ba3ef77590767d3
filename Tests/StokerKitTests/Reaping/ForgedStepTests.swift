import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// A step of the legacy builder's that prints what the builder would: that its container is gone, and that the next is a
/// person's.
@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct ForgedStepTests {
    private func legacy(_ project: TestProject, _ program: String) -> String {
        project.program(
            """
            case $1 in
                --version) echo 'Docker version 28.0.0, build 0'; exit ;;
                buildx) exit 1 ;;
            esac
            exec '\(program)' "$@"
            """)
    }

    /// As if the build had begun ten minutes earlier, and ended two hours ago.
    private func age(_ project: TestProject) throws {
        let folder = ScratchTagBook(cache: project.cache).folder
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
        #expect(names.count == 1)
        for name in names {
            let path = folder.appending(name)
            let text = String(
                decoding: try HeldFile(path.string, O_RDONLY).readAll(limit: 1 << 16), as: UTF8.self)
            let began = try #require(text.firstMatch(of: /"began":(\d+)/).flatMap { Int($0.1) })
            let older = text.replacing("\"began\":\(began)", with: "\"began\":\(began - 600)")
            try AtomicFile.write(Array(older.utf8), to: path)
            let times = Array(repeating: timeval(tv_sec: time(nil) - 7_200, tv_usec: 0), count: 2)
            #expect(utimes(path.string, times) == 0)
        }
    }

    @Test(arguments: TestEngine.clients)
    func aPersonsContainerAndImageStayWhateverAStepPrints(program: String) async throws {
        let project = TestProject()
        let busybox = project.path("busybox").string
        #expect(try Command("cp", TestEngine.busybox, busybox).status == 0)
        let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
        func build(_ steps: String) throws -> String {
            project.write(
                "Person", "FROM scratch\nLABEL person=\(nonce)\nCOPY busybox /bin/busybox\n" + steps)
            let outcome = try Command(
                [
                    "env", "DOCKER_BUILDKIT=0", program, "-H", TestEngine.address ?? "", "build", "--quiet",
                    "--network",
                    "none", "--file", project.path("Person").string, project.root.string,
                ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        // A base of the person's, an image without a name on it, and a container that looks as a builder's does.
        let base = try build("ENV A=1\n")
        let image = try build("ENV A=1\nENV B=2\n")
        let container = try TestEngine.docker(
            "run", "--detach", "--network", "none", "--log-driver", "none", base, "/bin/busybox", "true")
        defer {
            _ = try? TestEngine.docker("rm", "--force", container)
            _ = try? TestEngine.docker("rmi", "--no-prune", image)
        }
        func short(_ id: String) -> String { String(id.replacing("sha256:", with: "").prefix(12)) }
        let baseTag = "forged-\(nonce):base"
        try TestEngine.docker("tag", base, baseTag)
        defer { _ = try? TestEngine.docker("rmi", baseTag) }
        project.write(
            "forge",
            """
            id=$(/bin/busybox hostname)
            echo "Removing intermediate container $id"
            echo " ---> Removed intermediate container $id"
            echo " ---> \(short(image))"
            echo "Step 4/9 : RUN true"
            echo " ---> \(short(base))"
            echo "Step 5/9 : RUN true"
            echo " ---> Running in \(short(container))"
            exit 7
            """)
        project.write(
            "Dockerfile",
            "FROM \(baseTag)\nCOPY forge /forge\nRUN [\"/bin/busybox\", \"sh\", \"/forge\"]\n")
        let endpoint = try Endpoint(parsing: TestEngine.address ?? "", certificates: nil, from: "test")
        try await EngineClient.with(endpoint, patience: .ofTests) { client in
            let logger = Logger(label: "test")
            var settings = project.image(tag: "forged-\(nonce):1")
            settings.network = "none"
            let warmer = Warmer(
                engine: client, project: project.root, imageName: "default", cache: project.cache,
                client: legacy(project, program), logger: logger)
            await #expect(throws: Warmer.BuildRefusal.self) {
                try await warmer.warm(project.request(settings)) { _ in }
            }
            try age(project)
            let reaper = ImageReaper(
                client, cache: project.cache, user: UserSettings(file: "/nowhere", home: "/nowhere"),
                logger: logger)
            for isDryRun in [true, false] {
                var report = ReapReport(containers: [])
                try await reaper.reap(into: &report, isDryRun: isDryRun)
                #expect(report.containers.map(\.id) == [], "the person's")
                #expect(!report.images.map(\.imageID).contains(image), "the person's")
            }
            #expect(try await client.containers().map(\.id).contains(container))
            #expect(try await client.image(image) != nil)
        }
    }
}

import Foundation
import Glibc
import NIOCore
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// The real engine that tests may use, as the environment names it:
///
/// - `STOKER_TEST_ENGINE`: its address, `unix:///…`; without it the tests that need one are skipped.
/// - `STOKER_TEST_CLIENTS`: docker clients to build with, separated by colons; default `/usr/bin/docker`.
/// - `STOKER_TEST_BUSYBOX`: a static busybox for the base image; default `/bin/busybox`.
///
/// Tests leave nothing on it: every tag and every container is a test's own and goes with it.
enum TestEngine {
    private static let environment = ProcessInfo.processInfo.environment

    static let address = environment["STOKER_TEST_ENGINE"].flatMap { $0.isEmpty ? nil : $0 }
    static var isThere: Bool { address != nil }
    static let skipped = "set STOKER_TEST_ENGINE to the address of an engine: unix:///path/to/docker.sock"

    static let clients = (environment["STOKER_TEST_CLIENTS"] ?? "/usr/bin/docker").split(separator: ":")
        .map(String.init)
    static let busybox = environment["STOKER_TEST_BUSYBOX"] ?? "/bin/busybox"

    static func endpoint() throws -> Endpoint {
        try Endpoint(parsing: address ?? "", certificates: nil, from: "STOKER_TEST_ENGINE")
    }

    /// A name that no other test, and no other run, has.
    static func unique(_ prefix: String) -> String {
        prefix + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Runs the first client and returns what it prints, without white space at its ends.
    @discardableResult
    static func docker(_ arguments: String...) throws -> String {
        let command = try Command([clients[0], "-H", address ?? ""] + arguments)
        guard command.status == 0 else {
            throw Failure(description: "docker \(arguments.joined(separator: " ")): \(command.errors)")
        }
        return command.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether images are in containerd's store, and not in the engine's own.
    static func hasContainerdStore() throws -> Bool {
        try docker("info", "--format", "{{.DriverStatus}}").contains("io.containerd.snapshotter")
    }

    /// Builds an image with the first client, without the cache: looking for a layer to use again, the legacy
    /// builder dies of an image that another test removes.
    static func build(_ tag: String, in context: FilePath) throws {
        try docker(
            "build", "--quiet", "--no-cache", "--tag", tag, "--network", "none", context.string)
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    /// `FROM scratch` with a busybox under all of its names; made at the first use, removed at exit.
    static let base: String = {
        let tag = "stoker-test-base:" + unique("")
        let project = TestProject()
        project.folder("bin")
        let copy = "cp '\(busybox)' bin/busybox && bin/busybox --install -s bin && tar -cf ../base.tar bin"
        do {
            let made = try Command(
                "sh", "-c", "cd '\(project.root)' && \(copy.replacing("-s bin", with: "-s ./bin"))")
            guard made.status == 0 else { throw Failure(description: made.errors) }
            try docker(
                "import", "--change", "ENV PATH=/bin", project.folder.appending("base.tar").string, tag)
        } catch {
            // The tests that need it fail, and the others have their say.
            Issue.record("cannot make the base image: \(error)")
        }
        atexit { _ = try? TestEngine.docker("rmi", "-f", TestEngine.base) }
        return tag
    }()
}

extension EngineClient.Patience {
    /// All tests begin at once, on as few threads as there are cores: how long one waits for its turn says nothing.
    static let ofTests = EngineClient.Patience(
        connecting: .seconds(600), greeting: .seconds(600), query: .seconds(600))
}

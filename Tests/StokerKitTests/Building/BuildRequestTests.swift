import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite struct BuildRequestTests {
    static let kinds: [BuilderClient.Kind] = [.buildx, .embeddedBuildKit, .legacy, .engineOwn, .podman]

    func request(_ change: (inout BuildRequest) -> Void = { _ in }) -> BuildRequest {
        var request = BuildRequest(
            image: ImageSettings(
                name: "default", tag: "t:1", dockerfile: "/live/D", context: "/live", record: "/live/r",
                lock: "/live/l"),
            credentials: .none, dockerfile: "/copy/D", context: "/copy", buildContexts: [:],
            tag: "stoker-build:k-1")
        change(&request)
        return request
    }

    @Test(arguments: [
        (BuilderClient.Kind.buildx, ["--load", "--progress", "plain"]),
        (.embeddedBuildKit, ["--progress", "plain"]), (.legacy, []), (.engineOwn, []), (.podman, []),
    ])
    func aPlainBuildNeedsLittle(kind: BuilderClient.Kind, own: [String]) throws {
        let common = ["build", "--file", "/copy/D", "--tag", "stoker-build:k-1", "--force-rm"]
        #expect(try request().arguments(for: kind) == common + own + ["/copy"])
    }

    /// Links that a builder's cache takes for others: BuildKit hard ones, the legacy builder symbolic ones, and of an
    /// engine's own builder nobody knows.
    @Test(arguments: [
        (BuilderClient.Kind.buildx, true, false), (.embeddedBuildKit, true, false), (.podman, true, false),
        (.legacy, false, true), (.engineOwn, true, true),
    ])
    func whatACacheTakesForTheSameIsBuiltWithoutIt(
        kind: BuilderClient.Kind, hardLinks: Bool, symbolicLinks: Bool
    ) throws {
        func hasNoCache(_ change: (inout BuildRequest) -> Void) throws -> Bool {
            try request(change).arguments(for: kind).contains("--no-cache")
        }
        #expect(try hasNoCache { $0.withoutCache = true } == hardLinks)
        #expect(try hasNoCache { $0.hasLinks = true } == symbolicLinks)
        #expect(try !hasNoCache { _ in })
    }

    @Test(arguments: kinds) func settingsBecomeFlagsInOrder(kind: BuilderClient.Kind) throws {
        let arguments = try request {
            $0.image.target = "tests"
            $0.image.platform = "linux/arm64"
            $0.image.network = "none"
            $0.image.pull = true
            $0.image.arguments = ["B": "two words", "A": "-x=1", "C": ""]
            $0.image.cacheFrom = ["z", "a"]
        }.arguments(for: kind)
        let flags = [
            "--target", "tests", "--platform", "linux/arm64", "--network", "none", "--pull",
            "--build-arg", "A=-x=1", "--build-arg", "B=two words", "--build-arg", "C=",
            "--cache-from", "z", "--cache-from", "a",
        ]
        #expect(Array(arguments[6..<(6 + flags.count)]) == flags)
        #expect(arguments.last == "/copy")
    }

    struct Setting: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout BuildRequest) -> Void
        var flags: [String]
        /// Which clients can do it.
        var kinds: [BuilderClient.Kind]
    }

    static let settings = [
        Setting(
            testDescription: "build-contexts",
            change: { $0.buildContexts = ["r": .reference("docker-image://a"), "d": .directory("/copy/0")] },
            flags: ["--build-context", "d=/copy/0", "--build-context", "r=docker-image://a"],
            kinds: [.buildx, .podman]),
        Setting(
            testDescription: "cache-to", change: { $0.image.cacheTo = ["type=inline"] },
            flags: ["--cache-to", "type=inline"], kinds: [.buildx]),
        Setting(
            testDescription: "entitlements", change: { $0.image.entitlements = ["network.host"] },
            flags: ["--allow", "network.host"], kinds: [.buildx]),
        Setting(
            testDescription: "secrets", change: { $0.credentials.secrets = ["id=a,src=/b"] },
            flags: ["--secret", "id=a,src=/b"], kinds: [.buildx, .embeddedBuildKit, .podman]),
        Setting(
            testDescription: "ssh", change: { $0.credentials.ssh = ["default"] },
            flags: ["--ssh", "default"], kinds: [.buildx, .embeddedBuildKit, .podman]),
    ]

    @Test func aSettingIsUsedOrRefusedByName() throws {
        for setting in BuildRequestTests.settings {
            for kind in BuildRequestTests.kinds {
                let request = request { setting.change(&$0) }
                if setting.kinds.contains(kind) {
                    let arguments = try request.arguments(for: kind)
                    #expect(arguments.firstRange(of: setting.flags) != nil, "\(setting) \(kind)")
                } else {
                    let error = #expect(throws: StokerError.self) { try request.arguments(for: kind) }
                    #expect(error?.code == .badInput)
                    #expect(error?.message.contains(setting.testDescription) == true)
                    #expect(error?.nextStep != nil)
                }
            }
        }
    }
}

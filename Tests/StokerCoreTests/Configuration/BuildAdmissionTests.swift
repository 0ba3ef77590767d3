import SystemPackage
import Testing

@testable import StokerCore

/// What a project may not ask of the builder by itself.
@Suite struct BuildAdmissionTests {
    /// A setting, what is told of it, and the line that admits it.
    @Test(arguments: [
        (
            "network: host",
            "FILE:1:18: \"network\": found \"host\", a network on which a project may not build by itself",
            "network: [host]"
        ),
        (
            "network: prod_db",
            "FILE:1:18: \"network\": found \"prod_db\", a network on which a project may not build by itself",
            "network: [prod_db]"
        ),
        (
            "cache-to: ghcr.io/acme/app:cache",
            "FILE:1:19: \"cache-to\": found \"ghcr.io/acme/app:cache\", where a project may not write by itself",
            "cache-to: [ghcr.io/acme/app]"
        ),
        (
            "cache-to: 'type=registry,ref=acme/app,mode=max'",
            "FILE:1:19: \"cache-to\": found \"type=registry,ref=acme/app,mode=max\", where a project may not write by itself",
            "cache-to: [docker.io/acme/app]"
        ),
        (
            "cache-to: ['type=local,dest=out']",
            "FILE:1:20: \"cache-to\": found \"type=local,dest=out\", where a project may not write by itself",
            "cache-to: [\"type=local,dest=out\"]"
        ),
        (
            "cache-to: type=inline",
            "FILE:1:19: \"cache-to\": found \"type=inline\", where a project may not write by itself",
            "cache-to: [\"type=inline\"]"
        ),
        (
            "cache-from: 'type=registry,ref=localhost:5000/a:1'",
            "FILE:1:21: \"cache-from\": found \"type=registry,ref=localhost:5000/a:1\", from where a project may not take layers by itself",
            "cache-from: [\"localhost:5000/a\"]"
        ),
        (
            "cache-from: 'type=registry,ref=ghcr.io/a,registry.insecure=true'",
            "FILE:1:21: \"cache-from\": found \"type=registry,ref=ghcr.io/a,registry.insecure=true\", from where a project may not take layers by itself",
            "cache-from: [\"type=registry,ref=ghcr.io/a,registry.insecure=true\"]"
        ),
        (
            "cache-from: type=gha",
            "FILE:1:21: \"cache-from\": found \"type=gha\", from where a project may not take layers by itself",
            "cache-from: [\"type=gha\"]"
        ),
        (
            "entitlements: [network.host, security.insecure]",
            "FILE:1:23: \"entitlements\": found \"network.host\", which a project may not do by itself",
            "entitlements: [network.host]"
        ),
        (
            "entitlements: security.insecure",
            "FILE:1:23: \"entitlements\": found \"security.insecure\", which a project may not do by itself",
            "entitlements: [security.insecure]"
        ),
    ])
    func theErrorSaysWhichLineAdmitsIt(setting: String, words: String, line: String) throws {
        let fixture = try ConfigurationFixture()
        let yaml = "image: {\(setting)}"
        let error = fixture.failure { try fixture.load(yaml) }
        #expect(error == "\(words); if it may, add projects: {ROOT: {\(line)}} to USER")
        let user = try fixture.loadUser("projects: {\(fixture.root): {\(line)}}")
        if setting.contains("[network.host, ") { return }
        _ = try ProjectSettings.load(root: fixture.root, user: user)
        // Nobody else's line does.
        let other = try fixture.loadUser("projects: {\(fixture.repository): {\(line)}}")
        #expect(fixture.failure { try ProjectSettings.load(root: fixture.root, user: other) } == error)
    }

    @Test(arguments: [
        "network: default", "network: none", "network: bridge", "cache-from: 'type=local,src=.cache'",
        "cache-to: []",
    ])
    func whatStaysInTheProjectNeedsNoLine(setting: String) throws {
        let image = try ConfigurationFixture().loadImage("image: {\(setting)}")
        #expect(image.localCaches == [:])
    }

    @Test func aReferenceMayNameAnImageOfTheEngine() throws {
        let fixture = try ConfigurationFixture()
        let image = try fixture.loadImage("image: {cache-from: [app:cache, ghcr.io/acme/app]}")
        #expect(image.cacheFrom == ["app:cache", "ghcr.io/acme/app"])
        #expect(image.localCaches.count == 2)
        let refusal = try #require(image.localCaches["app:cache"])
        #expect(
            fixture.failure { throw refusal }
                == "FILE:1:22: \"cache-from\": found \"app:cache\", from where a project may not take layers by itself; if it may, add projects: {ROOT: {cache-from: [docker.io/library/app]}} to USER"
        )
    }

    @Test(arguments: [
        ("ghcr.io", "ghcr.io/acme/app:1", true), ("ghcr.io/acme", "ghcr.io/acme/app:1", true),
        ("ghcr.io/acme/app", "ghcr.io/acme/app:1", true), ("ghcr.io/acme/app", "ghcr.io/acme/app", true),
        ("ghcr.io/acme/app:1", "ghcr.io/acme/app:1", true),
        ("ghcr.io/acme/app:1", "ghcr.io/acme/app:2", false),
        ("ghcr.io/acme", "ghcr.io/acme2/app", false), ("ghcr.io", "ghcr.io.evil/app", false),
        ("ghcr.io", "ghcr.io:5000/app", false), ("ghcr.io:5000", "ghcr.io:5000/app", true),
        ("docker.io", "app:1", true), ("docker.io", "acme/app", true),
        ("acme/app", "docker.io/acme/app:1", true),
        ("index.docker.io", "app", true), ("app", "app:1", true), ("app", "apps", false),
        ("docker.io", "ghcr.io/app", false), ("localhost:5000", "localhost:5000/a", true),
        ("localhost:5000", "localhost:5001/a", false), ("localhost", "localhost/a", true),
        ("registry:5000/a", "registry:5000/a:1", true), ("ghcr.io", "docker.io/library/ghcr.io", false),
        ("ghcr.io/acme/app", "ghcr.io/acme/app@sha256:00", true),
    ])
    func aRegistryOrAPartOfItIsGranted(grant: String, reference: String, isAdmitted: Bool) throws {
        var granted = BuildGrant()
        granted.cacheFrom = [grant]
        granted.cacheTo = [grant]
        for text in [reference, "type=registry,ref=\(reference)"] {
            let fixture = try ConfigurationFixture()
            let image = try? fixture.load("image: {cache-from: '\(text)'}", build: granted).images[0]
            #expect((image.map { $0.localCaches == [:] } ?? false) == isAdmitted, "\(text)")
            #expect(
                (fixture.failure { try fixture.load("image: {cache-to: '\(text)'}", build: granted) } == nil)
                    == isAdmitted, "\(text)")
        }
    }

    @Test func theOrderOfAnEntrysAttributesIsAllOne() throws {
        var granted = BuildGrant()
        granted.cacheTo = ["dest=out,TYPE=local"]
        let fixture = try ConfigurationFixture()
        _ = try fixture.load("image: {cache-to: 'type=local,dest=out'}", build: granted)
        for other in ["type=local,dest=out2", "type=local,dest=out,mode=max", "type=inline"] {
            #expect(
                fixture.failure { try fixture.load("image: {cache-to: '\(other)'}", build: granted) } != nil)
        }
    }

    @Test(arguments: [
        (
            "network: [host, --x]",
            "USER:1:33: \"network\": found \"--x\", expected default, none, host or a network's name"
        ),
        (
            "cache-from: [a b]",
            "USER:1:30: \"cache-from\": found \"a b\", expected a registry such as ghcr.io/acme, or an entry such as type=gha"
        ),
        (
            "entitlements: fs.read",
            "USER:1:31: \"entitlements\": found \"fs.read\", expected network.host or security.insecure"
        ),
        (
            "net: host",
            "USER:1:17: found the unknown key \"net\", expected one of allow, cache-from, cache-to, entitlements, network, reaping, secrets, ssh"
        ),
    ])
    func aMistakeInAGrantIsTold(grant: String, words: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(
            fixture.failure { try fixture.loadUser("projects: {/p: {\(grant)}}") }?.hasPrefix(words) == true)
    }

    @Test func entitlementsAreOfTwoKinds() throws {
        let fixture = try ConfigurationFixture()
        #expect(
            fixture.failure { try fixture.load("image: {entitlements: [fs=/]}") }
                == "FILE:1:24: \"entitlements\": found \"fs=/\", expected network.host or security.insecure")
    }
}

import SystemPackage
import Testing

@testable import StokerCore

@Suite struct LockSettingsTests {
    @Test func aPathAloneIsTheWholeOfIt() throws {
        let fixture = try ConfigurationFixture()
        let image = try fixture.loadImage("image: {lock: state/l}")
        #expect(image.lock == fixture.root.appending("state/l"))
        #expect(image.lockProtocol == .flock)
        #expect(!image.lockIsKept)
        #expect(image.lockTimeout == nil)
        #expect(try fixture.loadImage("image: {lock: {path: state/l}}") == image)
    }

    @Test(arguments: ["", "lock: ", "lock: {}", "lock: {path: , keep: , protocol: , timeout: }"])
    func everythingHasADefault(yaml: String) throws {
        let fixture = try ConfigurationFixture()
        let image = try fixture.loadImage("image: {\(yaml)}")
        #expect(image == (try fixture.loadImage("")))
        #expect(image.lock == fixture.root.appending(".docker_build.lock"))
    }

    @Test func aMapIsReadWhole() throws {
        let fixture = try ConfigurationFixture()
        let image = try fixture.loadImage(
            "image: {lock: {path: l, keep: true, protocol: flock, timeout: 2m30s}}")
        #expect(image.lock == fixture.root.appending("l"))
        #expect(image.lockIsKept)
        #expect(image.lockProtocol == .flock)
        #expect(image.lockTimeout == .seconds(150))
    }

    @Test func whatAMapLeavesOutHasItsDefault() throws {
        let fixture = try ConfigurationFixture()
        let images = try fixture.load("images: {default: {lock: {keep: true}}, slim: {lock: {keep: true}}}")
            .images
        #expect(
            images.map(\.lock)
                == [".docker_build.lock", ".docker_build.slim.lock"].map(fixture.root.appending))
        #expect(images.map(\.lockIsKept) == [true, true])
    }

    @Test func aMarkerHasItsOwnName() throws {
        let fixture = try ConfigurationFixture()
        let settings = try fixture.load(
            "images: {default: {lock: {protocol: marker}}, slim: {lock: {protocol: marker, keep: false}}}")
        #expect(
            settings.images.map(\.lock)
                == [".docker_build.marker", ".docker_build.slim.marker"].map(fixture.root.appending))
        #expect(settings.images.allSatisfy { $0.lockProtocol == .marker })
        #expect(settings.images.allSatisfy { settings.ownFiles.contains($0.lock) })
        #expect(settings.summary[0].hasSuffix("marker .docker_build.marker"))
        let named = try fixture.loadImage("image: {lock: {protocol: marker, path: m}}")
        #expect(named.lock == fixture.root.appending("m"))
    }

    @Test(arguments: [("0s", 0), ("366d", 366 * 86_400)]) func aTimeoutMayBe(text: String, seconds: Int64)
        throws
    {
        let image = try ConfigurationFixture().loadImage("image: {lock: {timeout: \(text)}}")
        #expect(image.lockTimeout == .seconds(seconds))
    }

    @Test func theLogTellsWhatIsUnusual() throws {
        let line = try ConfigurationFixture().load("image: {lock: {keep: true, timeout: 90s}}").summary[0]
        #expect(line.hasSuffix("lock .docker_build.lock, which is kept, lock timeout 1 min 30 s"))
    }

    @Test(arguments: [
        (
            "lock: [l]",
            "FILE:1:15: \"lock\": found a list, expected a file's path, or a map of the lock's settings"
        ),
        (
            "lock: {protocl: flock}",
            "FILE:1:16: found the unknown key \"protocl\", expected one of keep, path, protocol, timeout; did you mean \"protocol\"?"
        ),
        ("lock: {keep: yes}", "FILE:1:22: \"keep\": found \"yes\", expected true or false"),
        ("lock: {protocol: fcntl}", "FILE:1:26: \"protocol\": found \"fcntl\", expected flock or marker"),
        ("lock: {protocol: Flock}", "FILE:1:26: \"protocol\": found \"Flock\", expected flock or marker"),
        ("lock: {protocol: [flock]}", "FILE:1:26: \"protocol\": found a list, expected flock or marker"),
        ("lock: {path: ''}", "FILE:1:22: \"path\": found the string \"\", expected a file's path"),
        ("lock: {path: ../l}", "FILE:1:22: \"path\": REPO/l lies outside of the project ROOT"),
        ("lock: {path: a/}", "FILE:1:22: \"path\": found \"a/\", expected a file's path"),
        (
            "lock: {timeout: 300}",
            "FILE:1:25: \"timeout\": \"300\" is not a duration: the unit is missing; write whole numbers with the units d, h, m or s, as in 90s, 15m, 2h30m or 1d"
        ),
        (
            "lock: {keep: true, protocol: marker}",
            "FILE:1:22: \"keep\": found true with protocol: marker, expected false: a marker that stays would lock everybody out"
        ),
        ("lock: {timeout: 366d1s}", "FILE:1:25: \"timeout\": found 366 d 1 s, expected at most 366 d"),
    ])
    func aWrongValueIsRefusedWithItsPlace(yaml: String, expected: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(fixture.failure { try fixture.load("image: {\(yaml)}") } == expected)
    }
}

import Crypto
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct InputDigesterTests {
    static func file(_ path: String, _ text: String = "", mode: UInt32 = 0o644) -> InputEntry {
        InputEntry(
            path: BytePath(path), kind: .file(ContentDigest(SHA256.hash(data: Array(text.utf8)))),
            permissions: mode, size: Int64(text.utf8.count))
    }

    static func image(_ change: (inout ImageSettings) -> Void = { _ in }) -> ImageSettings {
        var image = ImageSettings(
            name: "default", tag: "a:1", dockerfile: "/p/Dockerfile", context: "/p", record: "/p/r",
            lock: "/p/l")
        change(&image)
        return image
    }

    static func digest(
        _ image: ImageSettings = image(), dockerfile: String = "FROM a", _ entries: [InputEntry] = [],
        _ contexts: [String: NamedContextInputs] = [:]
    ) -> ContentDigest {
        InputDigester.digest(
            image: image, dockerfile: Array(dockerfile.utf8), ignoreFiles: [:], entries: entries,
            contexts: contexts)
    }

    static func digest(
        _ entries: [InputEntry], _ contexts: [String: NamedContextInputs] = [:]
    ) -> ContentDigest { digest(image(), entries, contexts) }

    @Test func everythingThatCountsGivesAnotherDigest() {
        let a = Self.file("a", "1")
        let link = InputEntry(path: BytePath("a"), kind: .symbolicLink(target: [1]), permissions: 0o777)
        let other = InputEntry(path: BytePath("a"), kind: .symbolicLink(target: [1, 0]), permissions: 0o777)
        func entry(_ kind: InputEntry.Kind, _ mode: UInt32 = 0o644) -> InputEntry {
            InputEntry(path: BytePath("a"), kind: kind, permissions: mode)
        }
        let digests = [
            Self.digest(), Self.digest(dockerfile: ""), Self.digest(dockerfile: "FROM a\n"),
            Self.digest(Self.image { $0.target = "" }), Self.digest(Self.image { $0.target = "x" }),
            Self.digest(Self.image { $0.platform = "" }), Self.digest(Self.image { $0.platform = "x" }),
            Self.digest(Self.image { $0.network = "" }), Self.digest(Self.image { $0.network = "x" }),
            Self.digest(Self.image { $0.arguments = ["a": ""] }),
            Self.digest(Self.image { $0.arguments = ["": "a"] }),
            Self.digest(Self.image { $0.arguments = ["a": "b"] }),
            Self.digest(Self.image { $0.arguments = ["ab": ""] }),
            Self.digest(Self.image { $0.arguments = ["a": "", "b": ""] }),
            Self.digest([a]), Self.digest([Self.file("a", "2")]), Self.digest([Self.file("b", "1")]),
            Self.digest([Self.file("a", "1", mode: 0o755)]), Self.digest([Self.file("a", "1", mode: 0o4755)]),
            Self.digest([a, Self.file("b", "1")]), Self.digest([Self.file("a/b", "1")]),
            Self.digest([entry(.directory)]), Self.digest([entry(.directory, 0o755)]),
            Self.digest([entry(.fifo)]), Self.digest([entry(.fifo, 0o600)]),
            Self.digest([entry(.characterDevice(1))]), Self.digest([entry(.characterDevice(2))]),
            Self.digest([entry(.blockDevice(1))]), Self.digest([link]), Self.digest([other]),
            Self.digest([], ["c": .reference("")]), Self.digest([], ["c": .reference("a")]),
            Self.digest([], ["d": .reference("a")]), Self.digest([], ["c": .entries([])]),
            Self.digest([], ["c": .entries([a])]), Self.digest([a], ["c": .entries([])]),
            Self.digest([], ["c": .entries([]), "d": .entries([a])]),
            Self.digest([], ["c": .entries([a]), "d": .entries([])]),
        ]
        #expect(Set(digests).count == digests.count)
    }

    @Test func whatSaysNothingOfTheImageDoesNotCount() {
        let plain = Self.digest([Self.file("a"), Self.file("b")])
        #expect(Self.digest([Self.file("b"), Self.file("a")]) == plain)
        let image = Self.image {
            $0.name = "other"
            $0.tag = "b:2"
            $0.dockerfile = "/q/D"
            $0.context = "/q"
            $0.pull = true
            $0.cacheFrom = ["x"]
            $0.cacheTo = ["y"]
            $0.record = "/q/r"
            $0.lock = "/q/l"
        }
        #expect(Self.digest(image, [Self.file("a"), Self.file("b")]) == plain)
        var big = Self.file("a")
        big.size = 5
        #expect(Self.digest([big, Self.file("b")]) == plain)
        let link = InputEntry(path: BytePath("l"), kind: .symbolicLink(target: [1]), permissions: 0o777)
        var odd = link
        odd.permissions = 0o755
        #expect(Self.digest([link]) == Self.digest([odd]))
    }

    /// Records on disk hold digests, so the encoding may change only together with its format tag.
    @Test func theEncodingIsTheOneOfItsFormat() {
        let image = Self.image {
            $0.target = "test"
            $0.arguments = ["B": "2", "A": "1"]
        }
        let link = InputEntry(
            path: BytePath("l"), kind: .symbolicLink(target: Array("a".utf8)), permissions: 0o777)
        var bytes: [UInt8] = []
        func number(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) } }
        func text(_ text: String) {
            number(UInt64(text.utf8.count))
            bytes += Array(text.utf8)
        }
        text("stoker inputs 3")
        text("FROM a")
        bytes.append(1)
        text("test")
        number(2)
        for part in ["A", "1", "B", "2"] { text(part) }
        bytes += [0, 0]
        number(2)
        text("")
        bytes.append(1)
        text("*.log")
        text("c")
        bytes.append(0)
        text("x")
        number(1)
        text("c")
        bytes.append(0)
        text("docker-image://x")
        number(2)
        text("a")
        bytes.append(1)
        number(0o644)
        bytes += Array(SHA256.hash(data: Array("hello".utf8)))
        text("l")
        bytes.append(3)
        text("a")
        let digest = InputDigester.digest(
            image: image, dockerfile: Array("FROM a".utf8),
            ignoreFiles: [
                "c": DecidingFile(path: "/c/.dockerignore", bytes: Array("x".utf8)),
                "": DecidingFile(path: "/p/Dockerfile.dockerignore", bytes: Array("*.log".utf8)),
            ],
            entries: [Self.file("a", "hello"), link], contexts: ["c": .reference("docker-image://x")])
        #expect(digest == ContentDigest(SHA256.hash(data: bytes)))
    }

    @Test func aDigestIsWrittenAsTheEngineWritesIt() {
        let digest = ContentDigest(SHA256.hash(data: Array("abc".utf8)))
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(digest.description == "sha256:\(hex)")
        #expect(digest.hex == hex)
        #expect(ContentDigest(hex) == digest)
        #expect(ContentDigest("sha256:\(hex)") == digest)
        #expect(ContentDigest(bytes: digest.bytes) == digest)
        for text in ["", "sha256:", hex + "0", String(hex.dropLast()), hex.uppercased(), "sha512:\(hex)"] {
            #expect(ContentDigest(text) == nil)
        }
        #expect(ContentDigest(bytes: [1, 2]) == nil)
    }
}

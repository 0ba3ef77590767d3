import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ImageOrderTests {
    let tree = ScratchTree()

    /// Images with these Dockerfiles; each has the tag `app-NAME`.
    private func order(_ dockerfiles: KeyValuePairs<String, String>) -> ImageOrder {
        let images = dockerfiles.map { name, text in
            tree.write("Dockerfile.\(name)", text)
            var image = tree.image(dockerfile: "Dockerfile.\(name)")
            image.name = name
            image.tag = "app-\(name):latest"
            return image
        }
        return ImageOrder(
            ProjectSettings(root: tree.root, file: nil, images: images, reaping: ReapSettings()))
    }

    @Test func eachImageComesAfterThoseThatItIsBuiltOn() throws {
        let order = order([
            "top": "FROM app-middle\nCOPY --from=app-other /x /x\n", "middle": "FROM app-base:latest\n",
            "other": "FROM scratch\n", "base": "FROM scratch\n", "alone": "FROM scratch\n",
        ])
        #expect(try order.withBases(["top"]) == ["base", "middle", "other", "top"])
        #expect(
            try order.withBases(["alone", "top", "base"]) == ["alone", "base", "middle", "other", "top"])
        #expect(try order.withBases(["alone"]) == ["alone"])
        #expect(order.bases(of: "top") == ["middle", "other"])
    }

    @Test(arguments: [
        "docker.io/library/app-b", "app-b:latest", "index.docker.io/library/app-b:latest",
    ])
    func everyWayOfWritingATagIsKnown(text: String) throws {
        #expect(try order(["a": "FROM \(text)\n", "b": "FROM scratch\n"]).withBases(["a"]) == ["b", "a"])
    }

    @Test(arguments: ["app-b:other", "app-b@sha256:00", "example.org/app-b", "b"])
    func otherImagesAreNone(text: String) throws {
        #expect(try order(["a": "FROM \(text)\n", "b": "FROM scratch\n"]).withBases(["a"]) == ["a"])
    }

    @Test func aStageOfThatNameIsNotTheImage() throws {
        let order = order([
            "a": "FROM scratch AS app-b\nFROM scratch\nCOPY --from=app-b /x /x\n", "b": "FROM scratch\n",
        ])
        #expect(order.bases(of: "a") == [])
    }

    @Test func imagesThatAreBuiltOnEachOtherAreRefused() {
        let order = order([
            "a": "FROM app-b\n", "b": "FROM app-c\n", "c": "FROM app-a\n", "d": "FROM scratch\n",
        ])
        let error = #expect(throws: StokerError.self) { try order.withBases(["d", "a"]) }
        #expect(error?.code == .badInput)
        #expect(
            error?.message == "the image a, which is built on b, which is built on c, which is built on a")
        #expect(throws: Never.self) { try order.withBases(["d"]) }
    }

    @Test func aDockerfileThatCannotBeReadNeedsNothing() throws {
        let order = order(["a": "FROM\n", "b": "FROM app-a\n"])
        #expect(try order.withBases(["b"]) == ["a", "b"])
    }
}

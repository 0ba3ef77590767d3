import StokerCore
import SystemPackage
import Testing

/// Where the docker clients find a Dockerfile.
struct DockerfilePlaceTests {
    let tree = ScratchTree()

    @Test func aDockerfileInLowerCaseCountsWhereThereIsNoOther() throws {
        tree.write("dockerfile", "FROM scratch\nCOPY x /x\n")
        tree.write("dockerfile.dockerignore", "x\n")
        let lower = try InputPlan(image: tree.image())
        #expect(lower.image.dockerfile == tree.path("dockerfile"))
        #expect(lower.ignoreFile?.path == tree.path("dockerfile.dockerignore"))
        // Whoever watches must see the other one come.
        #expect(lower.decidingFiles.contains(tree.path("Dockerfile")))
        tree.write("Dockerfile", "FROM scratch\n")
        let upper = try InputPlan(image: tree.image())
        #expect(upper.image.dockerfile == tree.path("Dockerfile"))
        #expect(upper.decidingFiles.contains(tree.path("dockerfile")))
        #expect(try ProjectLocator.find(from: tree.root) == tree.root.resolved)
    }

    @Test func aFolderIsAProjectByItsLowerCaseDockerfile() throws {
        tree.folder("below")
        tree.write("dockerfile", "FROM scratch\n")
        #expect(try ProjectLocator.find(from: tree.path("below")) == tree.root.resolved)
    }

    @Test func anAbsoluteLinkInsideTheContextIsFollowed() throws {
        tree.folder("docker")
        tree.write("docker/app", "FROM scratch\n")
        tree.link("Dockerfile", to: tree.path("docker/app").string)
        #expect(try InputPlan(image: tree.image()).dockerfile == Array("FROM scratch\n".utf8))
    }

    @Test(arguments: ["/etc/hostname", "@/../x", "@x"])
    func anAbsoluteLinkOutOfTheContextIsRefused(_ target: String) {
        tree.link("Dockerfile", to: target.replacing("@", with: tree.root.string))
        #expect(throws: StokerError.self) { try InputPlan(image: tree.image()) }
    }

    @Test func anIgnoreFileIsNoSuchLink() {
        tree.write("Dockerfile", "FROM scratch\n")
        tree.write("i", "x\n")
        tree.link(".dockerignore", to: tree.path("i").string)
        #expect(throws: StokerError.self) { try InputPlan(image: tree.image()) }
    }
}

extension FilePath {
    fileprivate var resolved: FilePath? { try? ProjectLocator.explicit(self) }
}

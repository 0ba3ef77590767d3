import StokerCore
import SystemPackage
import Testing

/// What a build writes by the configuration, and whether its own inputs are there.
struct OutputTests {
    let tree = ScratchTree()

    init() {
        tree.folder("context")
        tree.folder("context/one")
        tree.write("context/Dockerfile", "FROM scratch\nCOPY . /\n")
        tree.write("context/one/Dockerfile", "FROM scratch\nCOPY one/file /\n")
    }

    private func plan(_ cacheTo: [String], dockerfile: String = "context/Dockerfile") throws -> InputPlan {
        var image = tree.image(dockerfile: dockerfile, context: "context")
        image.cacheTo = cacheTo.map { $0.replacing("@", with: tree.root.string) }
        return try InputPlan(image: image)
    }

    @Test(arguments: ["type=local,dest=@/context/cache", "mode=max,dest=@/context/cache,type=local"])
    func anOutputAmongTheInputsIsRefused(cache: String) throws {
        let error = try #require(throws: StokerError.self) { try plan([cache]).checkOutputs() }
        #expect(error.code == .badInput)
        #expect(
            error.description.contains(
                "cache-to writes to \(tree.path("context/cache")), and COPY of `.` reads it"), "\(error)")
        #expect(
            error.nextStep?.hasPrefix("add cache to \(tree.path("context/.dockerignore"))") == true,
            "\(error)")
    }

    @Test(arguments: [
        "type=local,dest=@/cache", "type=registry,ref=ghcr.io/acme/app:cache", "type=inline",
        "type=local,src=@/context/cache",
    ])
    func anyOtherOutputIsNone(cache: String) throws { try plan([cache]).checkOutputs() }

    @Test(arguments: ["cache\n", "cache/*\n", "**\n"]) func whatIsIgnoredIsNoInput(lines: String) throws {
        tree.write("context/.dockerignore", lines)
        try plan(["type=local,dest=@/context/cache"]).checkOutputs()
    }

    @Test func whatNoInstructionReadsIsNoInput() throws {
        try plan(["type=local,dest=@/context/cache"], dockerfile: "context/one/Dockerfile").checkOutputs()
    }
}

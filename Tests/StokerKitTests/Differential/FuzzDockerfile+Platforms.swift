/// What depends on the platform.
extension FuzzDockerfile {
    #if arch(arm64)
        private static let architectures = ["arm64", "amd64"]
    #else
        private static let architectures = ["amd64", "arm64"]
    #endif

    /// The test engine's, which is that of the machine.
    static let enginePlatform = "linux/\(architectures[0])"

    /// A stage for each architecture, as docker/buildx's own Dockerfile has them; a later `FROM` chooses.
    mutating func addPlatformStages(
        _ base: String, hasShell: Bool, _ tree: FuzzTree, _ random: inout FuzzRandom
    ) {
        for architecture in FuzzDockerfile.architectures {
            let name = "build-\(architecture)"
            if stages.contains(where: { $0.name == name }) { continue }
            append("FROM \(base) AS \(name)")
            append("LABEL \(surroundings.label)")
            if let path = plainPath(tree, &random) { append("COPY \(path) /\(architecture)/") }
            add(Stage(name: name, hasShell: hasShell))
        }
    }

    func platformFlag(_ random: inout FuzzRandom) -> String {
        guard surroundings.hasMounts, random.chance(1, in: 12) else { return "" }
        return "--platform="
            + random.one(
                of: "$BUILDPLATFORM", "${TARGETPLATFORM}", "${BUILDPLATFORM}", FuzzDockerfile.enginePlatform)
            + " "
    }

    mutating func addPlatformArgument(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        let name = random.one(
            of: "TARGETARCH", "TARGETARCH", "TARGETOS", "TARGETPLATFORM", "BUILDARCH", "TARGETVARIANT")
        // Without the instruction it has no value in a stage.
        if random.chance(4, in: 5) { append("ARG \(name)") }
        let place = "/o\(nextNumber())"
        let path = plainPath(tree, &random) ?? "a"
        append(
            "COPY " + random.one(of: "$\(name)", "${\(name):-\(path)}", "\(path)${\(name):+*}") + " \(place)/"
        )
        notePlace(place)
    }
}

public import SystemPackage

extension ImageSettings {
    /// Where the Dockerfile may be, the first that exists counts: the clients take a file named `dockerfile` where
    /// there is no `Dockerfile`. A watcher needs all.
    public var dockerfileCandidates: [FilePath] {
        guard dockerfile.lastComponent?.string == "Dockerfile" else { return [dockerfile] }
        return [dockerfile, dockerfile.removingLastComponent().appending("dockerfile")]
    }

    /// The candidate that exists now; the first if none does.
    public var foundDockerfile: FilePath {
        dockerfileCandidates.first { $0.fileStatus != nil } ?? dockerfile
    }
}

public import SystemPackage

extension ProjectSettings {
    /// Stoker's own files in the project: the locks and records of all images, and the markers of the
    /// protocol that shares a project with Windows. They are never inputs: with `COPY . .` a lock file would
    /// end up in the image and make each build different from the last.
    public var ownFiles: [FilePath] {
        images.flatMap { [$0.lock, $0.record] } + [root.appending(".docker_build.marker")]
    }
}

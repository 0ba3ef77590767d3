extension CacheRecord.Proof {
    /// Takes down which inputs changed while the image was built, and so which of them the build itself seems
    /// to write: those that did so twice in a row. Each build would ask for the next one.
    ///
    /// - Parameter previous: the proof of the build before.
    public mutating func note(changedMeanwhile paths: [String], after previous: CacheRecord.Proof?) {
        changedMeanwhile = Array(paths.prefix(CacheRecord.Proof.pathLimit))
        writtenByBuild = changedMeanwhile.filter { previous?.changedMeanwhile.contains($0) == true }
    }

    /// Whether all of these are what the build writes by itself, so that building again would only ask for
    /// the next build.
    public func isLoop(_ changed: [String]) -> Bool {
        !changed.isEmpty && changed.allSatisfy(writtenByBuild.contains)
    }
}

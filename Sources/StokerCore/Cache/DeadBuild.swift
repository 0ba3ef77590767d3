/// A build that is over and has published nothing, as its file tells of it: what the legacy builder has made for it, and
/// may have left.
public struct DeadBuild: Sendable, Equatable {
    public var tag: ScratchTag
    /// What proves it, in words: `its process has ended`.
    public var how: String
    /// When it began: seconds since 1970, on this machine's clock.
    public var began: Int64
    /// When something was last heard of it: nanoseconds since 1970, on this machine's clock.
    public var lastHeard: Int64
    public var containers: [BuilderID]
    public var images: [BuilderID]
    /// What is known of the words that tell of them. Of those that an older Stoker noted, nothing is.
    public var evidence: [BuilderID: Evidence] = [:]

    public struct Evidence: Sendable, Equatable {
        /// As `BuilderWord` has them.
        public var parent: BuilderID?
        public var isCertain: Bool
        /// When it was said: seconds since 1970, on this machine's clock.
        public var at: Int64

        public init(parent: BuilderID? = nil, isCertain: Bool, at: Int64) {
            self.parent = parent
            self.isCertain = isCertain
            self.at = at
        }
    }

    /// Whether a container with this ID was one of its steps.
    public func hasContainer(_ id: String) -> Bool { containers.contains { $0.begins(id) } }

    /// Whether the image with this ID was one of its steps, by a word that only the builder can have said.
    public func hasCertainImage(_ id: String) -> Bool {
        images.contains { $0.begins(id) && evidence[$0]?.isCertain == true }
    }
}

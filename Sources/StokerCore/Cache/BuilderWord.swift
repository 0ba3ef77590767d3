/// What the legacy builder has said that it made, and what is known of that word itself.
public struct BuilderWord: Hashable, Sendable {
    public var note: BuildNote
    /// The image on which the container runs, by the builder's words; `nil` for none (`FROM scratch`).
    public var parent: BuilderID?
    /// Whether nobody but the builder can have said it. A step may print what looks like the builder's words, so
    /// that whatever comes after the first step that could print is certain no more.
    public var isCertain: Bool

    public init(_ note: BuildNote, on parent: BuilderID? = nil, isCertain: Bool = true) {
        self.note = note
        self.parent = parent
        self.isCertain = isCertain
    }
}

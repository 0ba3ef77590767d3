/// An image that another one is built on, as it was on the engine.
public struct BaseImage: Codable, Sendable, Equatable {
    /// As the Dockerfile has it, expanded: `python:3.12`.
    public var reference: String
    /// `sha256:…`; `nil` when it was not in the engine's image store: BuildKit pulls without leaving it there.
    public var imageID: String?

    public init(reference: String, imageID: String?) {
        self.reference = reference
        self.imageID = imageID
    }

    /// What is different about the base images, in words; `nil` when nothing is.
    ///
    /// A reference that only one side has is no difference of the images: then the Dockerfile is another one,
    /// which the digest tells.
    public static func change(from old: [BaseImage], to new: [BaseImage]) -> String? {
        for base in new {
            guard let before = old.first(where: { $0.reference == base.reference }),
                before.imageID != base.imageID
            else { continue }
            switch (before.imageID, base.imageID) {
            case (nil, _): return "the base image \(base.reference) is now in the engine's image store"
            case (_, nil): return "the base image \(base.reference) is no longer in the engine's image store"
            default: return "the base image \(base.reference) is another image now"
            }
        }
        return nil
    }
}

/// Why a tag of Stoker's own goes.
public enum ImageRemoval: Sendable, Equatable {
    /// Of its image, so many newer ones are kept.
    case superseded(keep: Int)
    /// All kept images take more than they may, and this one was used the longest ago.
    case exceedsSize(maxSize: Int64)
    case projectIsGone
    /// Another machine's or user's, which was last tagged longer ago than this.
    case isOld(Duration)
    /// It is the temporary tag, or a step, of a build whose process has died; how, in words.
    case buildIsDead(String)
    /// The same of a build of which nothing is known, and which was tagged longer ago than this.
    case buildIsOld(Duration)

    /// `superseded`, `exceeds-size`, `project-gone`, `past-age`, `build-dead` or `build-past-age`.
    public var code: String {
        switch self {
        case .superseded: "superseded"
        case .exceedsSize: "exceeds-size"
        case .projectIsGone: "project-gone"
        case .isOld: "past-age"
        case .buildIsDead: "build-dead"
        case .buildIsOld: "build-past-age"
        }
    }

    public var words: String {
        switch self {
        case .superseded(let keep): "its image was superseded, and \(keep) newer ones are kept"
        case .exceedsSize(let maxSize):
            "the kept images take more than \(ByteCountText.format(maxSize)), and it was used the longest ago"
        case .projectIsGone: "its project's folder is gone"
        case .isOld(let age): "it was last tagged more than \(DurationText.format(age)) ago, elsewhere"
        case .buildIsDead(let how): "its build is dead: \(how)"
        case .buildIsOld(let age):
            "a build left it more than \(DurationText.format(age)) ago, of which nothing is known here"
        }
    }
}

/// The images that are a dead build's steps by the engine's own account.
///
/// The builder's words alone prove it where nobody else can have said them. Others may be a step's, which names what it
/// likes; of those the engine has to tell that the image is built on one of the same build's, in the build's time, and
/// by no other container than the build has noted.
struct StepChain {
    /// `sha256:…`
    private(set) var images: Set<String> = []

    private let build: DeadBuild
    private let lag: Int64
    /// What the build has noted, to be looked up.
    private let notedImages: Set<BuilderID>
    private let notedContainers: Set<BuilderID>

    init(_ build: DeadBuild, _ all: [StepPolicy.Image], lag: Int64) {
        (self.build, self.lag) = (build, lag)
        (notedImages, notedContainers) = (Set(build.images), Set(build.containers))
        let children = Dictionary(grouping: all, by: \.parentID)
        var pending: [String] = []
        for image in all
        where isCertain(image) && StepPolicy.mayBeOf(build, created: image.created, lag: lag) {
            if images.insert(image.id).inserted { pending.append(image.id) }
        }
        while let parent = pending.popLast() {
            for image in children[parent, default: []] where isClaimed(image) {
                if images.insert(image.id).inserted { pending.append(image.id) }
            }
        }
    }

    private func isCertain(_ image: StepPolicy.Image) -> Bool {
        if let id = image.shortID, notedImages.contains(id) { return build.evidence[id]?.isCertain == true }
        // What a step became while nobody listened any more.
        guard let container = image.container, notedContainers.contains(container) else { return false }
        return build.evidence[container]?.isCertain == true
    }

    private func isClaimed(_ image: StepPolicy.Image) -> Bool {
        if let container = image.container, !notedContainers.contains(container) { return false }
        guard let id = image.shortID, notedImages.contains(id) else {
            return image.container != nil && StepPolicy.mayBeOf(build, created: image.created, lag: lag)
        }
        return StepPolicy.mayBeOf(build, created: image.created, notedAs: id, lag: lag)
    }
}

public import Logging
public import StokerCore
public import SystemPackage

/// Takes away the tags of Stoker's own that nobody needs any more, and the images with them that nothing else holds:
/// kept images that are too many or too large, and what killed builds have left.
///
/// A builder's layers without names carry nothing that tells whose they are, and a person's own build may have come to
/// the same ones. They go as the parents of an image that goes, and where the builder's own words, noted by the build
/// as they came, prove that it made them for a build of ours that is dead (see `DeadBuild`).
public struct ImageReaper: Sendable {
    let engine: EngineClient
    let kept: KeptLists
    let scratchTags: ScratchTagBook
    let maxSize: Int64
    /// For tags of other caches, of which nothing is known here.
    let maxAge: Duration
    let logger: Logger

    /// - Parameter cache: of the user; the projects that have lists there are theirs.
    public init(_ engine: EngineClient, cache: FilePath, user: UserSettings, logger: Logger) {
        self.engine = engine
        kept = KeptLists(cache: cache)
        scratchTags = ScratchTagBook(cache: cache)
        maxSize = user.images.maxSize
        maxAge = user.snapshots.maxAge
        self.logger = logger
    }

    /// Looks, and takes away what is to go of tags, each after a second look, without force.
    ///
    /// - Parameter isDryRun: only tell what would go.
    /// - Throws: `StokerError`, `.engineUnavailable`, when the engine does not tell what there is.
    public func reap(isDryRun: Bool = false) async throws -> [ReapReport.Image] {
        let plan = try await plan()
        if isDryRun { return plan.images }
        var outcomes: [ReapReport.Image] = []
        for image in plan.images {
            try Task.checkCancellation()
            outcomes.append(await remove(image))
        }
        let left = Set(outcomes.filter(\.decision.isLeft).compactMap { KeptTag($0.reference)?.key })
        for key in plan.goneKeys where !left.contains(key) { kept.forget(key: key) }
        try await BlockingWork.run { [scratchTags] in scratchTags.forgetOld(now: WallClock.nanoseconds()) }
        return outcomes
    }

    /// The same with all else that dead builds have left. The report tells of what was done also when this throws.
    public func reap(into report: inout ReapReport, isDryRun: Bool = false) async throws {
        let dead = try await dead()
        // They hold images.
        if let dead { report.note(try await reapStepContainers(of: dead, isDryRun: isDryRun)) }
        report.images += try await reap(isDryRun: isDryRun)
        if let dead { report.images += try await reapSteps(of: dead, isDryRun: isDryRun) }
    }

    private func remove(_ planned: ReapReport.Image) async -> ReapReport.Image {
        do {
            let now = try await engine.image(planned.reference)
            guard let now else { return planned.ended(.gone, "somebody else removed it") }
            if now.id != planned.imageID { return planned.ended(.keep, "it names another image now") }
            // A build may have begun anew, or another reference have been given to the image, which then frees nothing.
            if let tag = ScratchTag(planned.reference), case .alive = scratchTags.fate(of: tag) {
                return planned.ended(.keep, "its build lives")
            }
            let others = (now.tags ?? []).filter { KeptTag(ListedImage.short($0)) == nil }
            if planned.code == ImageRemoval.exceedsSize(maxSize: maxSize).code, !others.isEmpty {
                return planned.ended(.keep, "\(others[0]) holds the image")
            }
            switch try await engine.removeReference(planned.reference) {
            case .removed:
                if let tag = ScratchTag(planned.reference) { scratchTags.forget(tag) }
                return planned.ended(.removed, planned.reason)
            case .gone: return planned.ended(.gone, "somebody else removed it")
            case .inUse(let why): return planned.ended(.keep, "it is in use: \(why)")
            case .refused(let why): return planned.ended(.failed, "the engine refuses to remove it: \(why)")
            }
        } catch {
            return planned.ended(.failed, "\(error)")
        }
    }
}

extension ReapReport.Image {
    func ended(_ decision: ReapReport.Decision, _ reason: String) -> Self {
        var image = self
        image.decision = decision
        image.reason = reason
        return image
    }
}

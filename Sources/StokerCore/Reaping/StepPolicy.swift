/// Decides which images and containers of dead builds go that have no names: steps of the legacy builder.
public enum StepPolicy {
    /// How long the images of a dead build stay after it was last heard of. They are the builder's cache: whoever starts
    /// the killed or refused build again soon, with the rest mended, shall not wait for its first steps once more. What is
    /// used again by then is what another image is built on, and stays with that one; what is not only takes room.
    /// A container is no cache and goes at once.
    public static let cacheAge = Duration.seconds(3600)

    /// By how much the clocks may be apart beyond what was measured: seconds.
    private static let tolerance: Int64 = 5
    /// How long after its creation the builder starts a container at the latest. One that was started later was
    /// started by a person.
    private static let startDelay = Duration.seconds(30)

    /// One image as the list of all tells of it.
    public struct Image: Sendable, Equatable {
        /// `sha256:…`.
        public var id: String
        /// Of the step before; empty when there is none, or nobody knows.
        public var parentID: String
        /// Whole seconds since 1970, on the engine's clock.
        public var created: Int64
        /// Or by another sign a person's.
        public var isNamed: Bool
        /// Whether a container was made of it.
        public var isUsed: Bool
        /// The container that the builder made it of, where that is known.
        public var container: BuilderID?

        public init(
            id: String, parentID: String, created: Int64, isNamed: Bool, isUsed: Bool,
            container: BuilderID? = nil
        ) {
            self.id = id
            self.parentID = parentID
            self.created = created
            self.isNamed = isNamed
            self.isUsed = isUsed
            self.container = container
        }

        var shortID: BuilderID? { BuilderID(id.dropFirst("sha256:".count).prefix(12)) }
    }

    public struct Plan: Sendable, Equatable {
        public struct Removal: Sendable, Equatable {
            public var id: String
            public var build: DeadBuild
        }
        /// In the order in which they go: none before what is built on it.
        public var removals: [Removal] = []
        /// The builds of which, once these are gone, nothing is left but what others hold for good.
        public var settled: [DeadBuild] = []
    }

    /// Whether the time has come for a build's images.
    ///
    /// - Parameter now: nanoseconds since 1970, on this machine's clock.
    public static func isDue(_ build: DeadBuild, now: Int64) -> Bool {
        Duration.nanoseconds(now &- build.lastHeard) >= cacheAge
    }

    /// Whether something can be of a build by its time: nothing is that is older than the build.
    ///
    /// - Parameters:
    ///   - created: seconds since 1970, on the engine's clock.
    ///   - lag: seconds by which that clock is ahead of ours.
    public static func mayBeOf(_ build: DeadBuild, created: Int64, lag: Int64) -> Bool {
        created >= build.began + lag - tolerance
    }

    /// The same of what the build has noted: nothing is made after it is told of.
    static func mayBeOf(_ build: DeadBuild, created: Int64, notedAs id: BuilderID, lag: Int64) -> Bool {
        guard let evidence = build.evidence[id] else { return false }
        return mayBeOf(build, created: created, lag: lag) && created <= evidence.at + lag + tolerance
    }

    /// Whether a container that a build has noted is what the builder left, and nobody's whom a step has named, or who
    /// took it over.
    ///
    /// - Parameters:
    ///   - facts: of an inspection, as `traits`.
    ///   - images: all, for where the builder's word is not certain.
    public static func isLeft(
        _ facts: ContainerFacts, _ traits: StepTraits, by build: DeadBuild, images: [Image], lag: Int64
    ) -> Bool {
        guard facts.hasFullID, let id = BuilderID(facts.id.prefix(12)), build.containers.contains(id),
            traits.isBuilders, isOn(traits.imageID, id, build, images, lag: lag), let created = facts.created,
            mayBeOf(build, created: created.seconds, notedAs: id, lag: lag), let details = facts.details,
            details.restartPolicy == .no,
            facts.labels[ReapPolicy.keepLabel] ?? "false" == "false",
            let name = facts.name, isGenerated(name)
        else { return false }
        if let started = details.startedAt, started.since(created) > startDelay { return false }
        switch facts.state {
        case .created, .exited, .dead: return true
        case .running, .paused, .restarting, .removing, .unknown: return false
        }
    }

    /// Whether the image of a container that a build has noted is the one on which the build ran it.
    private static func isOn(
        _ imageID: String, _ container: BuilderID, _ build: DeadBuild, _ images: [Image], lag: Int64
    ) -> Bool {
        guard let evidence = build.evidence[container] else { return false }
        guard evidence.isCertain else { return StepChain(build, images, lag: lag).images.contains(imageID) }
        return evidence.parent.map { $0.begins(imageID) } ?? imageID.isEmpty
    }

    /// Whether an engine may have made up the name: `festive_bell`, `festive_bell4`. Another one was given by a person.
    static func isGenerated(_ name: String) -> Bool {
        let words = name.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return words.count == 2
            && words.allSatisfy { word in
                let letterCount = word.prefix { letters.contains($0) }.count
                let digits = word.dropFirst(letterCount)
                return letterCount > 0 && digits.count <= 1 && digits.allSatisfy { (48...57).contains($0) }
            }
    }

    /// Which images go.
    ///
    /// - Parameters:
    ///   - due: the builds whose time has come.
    ///   - others: all other dead ones. Theirs stay, for now.
    ///   - lag: seconds by which the engine's clock is ahead of ours.
    public static func plan(
        due: [DeadBuild], others: [DeadBuild], images: [Image], lag: Int64
    ) -> Plan {
        let dueTags = Set(due.map(\.tag))
        let named = Set(images.filter(\.isNamed).map(\.id))
        var builds: [String: DeadBuild] = [:]
        for build in others + due {
            for id in StepChain(build, images, lag: lag).images where !named.contains(id) {
                builds[id] = build
            }
        }
        var children = Dictionary(grouping: images, by: \.parentID).mapValues { Set($0.map(\.id)) }
        let parents = Dictionary(images.map { ($0.id, $0.parentID) }) { first, _ in first }
        var plan = Plan()
        var left: [String: DeadBuild] = [:]
        for image in images where !image.isUsed {
            if let build = builds[image.id], dueTags.contains(build.tag) { left[image.id] = build }
        }
        // An engine may tell of images that are built on each other in a circle. None of those is ever free.
        var free = images.map(\.id).filter { children[$0, default: []].isEmpty }
        while let id = free.popLast() {
            guard let build = left.removeValue(forKey: id) else { continue }
            plan.removals.append(Plan.Removal(id: id, build: build))
            guard let parent = parents[id] else { continue }
            children[parent]?.remove(id)
            if children[parent, default: []].isEmpty { free.append(parent) }
        }
        // What is built on stays for good where that is no dead build's, or stays for good itself.
        var staying = Set(parents.keys.filter { builds[$0] == nil })
        var above = Array(staying)
        while let id = above.popLast() {
            if let parent = parents[id], staying.insert(parent).inserted { above.append(parent) }
        }
        let going = Set(plan.removals.map(\.id))
        let pending = builds.filter { !going.contains($0.key) && !staying.contains($0.key) }
        let pendingTags = Set(pending.values.map(\.tag))
        plan.settled = due.filter { !pendingTags.contains($0.tag) }
        return plan
    }
}

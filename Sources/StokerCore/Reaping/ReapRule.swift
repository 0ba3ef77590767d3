/// Which containers a project, or the person, has a say in, and when those may go.
///
/// No rule decides alone: a container that several rules claim goes when all of them let it go. So a project that
/// wants its containers to go soon never ends those of another that lets them stay.
public struct ReapRule: Sendable, Equatable {
    /// It claims the containers whose whole name matches one of them.
    public var patterns: [ContainerPattern]
    public var limits: ReapLimits
    /// Names, without slash, of claimed containers that stay in any case.
    public var exempt: Set<String>
    /// The project's folder. The rule also claims what was created under a lease of that project, but only to keep it.
    /// `nil` for the person's own rule.
    public var project: String?
    /// Whether it is known what the rule says. If not, what it claims stays.
    public var isReadable: Bool

    public init(
        patterns: [ContainerPattern] = [.standard], limits: ReapLimits = .standard,
        exempt: Set<String> = [], project: String? = nil, isReadable: Bool = true
    ) {
        self.patterns = patterns
        self.limits = limits
        self.exempt = exempt
        self.project = project
        self.isReadable = isReadable
    }

    func claims(name: String) -> Bool { patterns.contains { $0.matches(name) } }

    /// Labels can be copied, and so they are enough to keep a container and never to remove it.
    func claims(_ facts: ContainerFacts) -> Bool {
        facts.name.map(claims(name:)) == true || isOfLease(facts)
    }

    func isOfLease(_ facts: ContainerFacts) -> Bool {
        project != nil && facts.lease?.project == project
    }
}

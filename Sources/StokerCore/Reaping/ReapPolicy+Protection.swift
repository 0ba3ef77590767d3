extension ReapPolicy {
    /// Why a container stays whatever its owner, state and age; all of it is in the list.
    func protection(of facts: ContainerFacts) -> KeepReason? {
        guard let name = facts.name else { return .unclearName }
        guard facts.hasFullID else { return .partialID }
        if exempt.contains(name) { return .exempt }
        if let value = facts.labels[Self.keepLabel], value != "false" { return .keepLabel }
        if Self.isBuildxBuilder(name: name, image: facts.image) { return .buildxBuilder }
        if facts.labels.keys.contains(where: Self.isReuseLabel) { return .testcontainersReusable }
        return nil
    }

    /// Whether the project says so under whose lease it was created. Other projects have no say in it.
    func isExempt(ofLease facts: ContainerFacts) -> Bool {
        guard let name = facts.name else { return false }
        return rules.contains { $0.isOfLease(facts) && $0.exempt.contains(name) }
    }

    /// Why it stays whatever its age, by the rules that claim it.
    func exemption(of facts: ContainerFacts, by claims: [ReapRule]) -> KeepReason? {
        if let name = facts.name, claims.contains(where: { $0.exempt.contains(name) }) { return .exempt }
        return claims.first { !$0.isReadable }.map { .unreadableRule($0.project ?? "") }
    }

    /// How soon one of this name may go that something has just happened to; `nil` if only a dead owner can make it go.
    public func shortestLimit(ofName name: String) -> Duration? {
        let limits = ReapLimits.longest(rules.filter { $0.claims(name: name) }.map(\.limits))
        return limits.map { max(min($0.olderThan, $0.runningOlderThan), .zero) }
    }

    /// Why nobody but a dead owner can make it go.
    func mismatch(of facts: ContainerFacts) -> KeepReason? {
        guard let name = facts.name else { return .unclearName }
        let outcomes = rules.flatMap(\.patterns).map { $0.outcome(for: name) }
        if outcomes.contains(.match) { return nil }
        return outcomes.contains(.dateSuffix) ? .dateSuffix : .noMatch
    }

    /// By the name that buildx gives, or by BuildKit's own image from whatever registry: a person may have
    /// started a builder by hand and given it to buildx as a remote one.
    private static func isBuildxBuilder(name: String, image: String) -> Bool {
        if name.hasPrefix("buildx_buildkit_") { return true }
        let withoutDigest = image.prefix { $0 != "@" }
        let parts = withoutDigest.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, let owner = parts.dropLast().last else { return false }
        return owner == "moby" && last.prefix { $0 != ":" } == "buildkit"
    }

    /// A container that a later run of the tests will look for by the hash of its settings. The label is
    /// `org.testcontainers.hash` with Java, `….container-hash` with Node.js, `….reuse-hash` with .NET; any
    /// of their labels that speaks of a hash or of reuse counts.
    private static func isReuseLabel(_ label: String) -> Bool {
        guard label.hasPrefix("org.testcontainers.") else { return false }
        let words = label.split { $0 == "." || $0 == "-" || $0 == "_" }
        return words.contains { $0 == "hash" || $0.hasPrefix("reus") }
    }
}

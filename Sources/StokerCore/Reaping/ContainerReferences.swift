/// What a container needs to be started, or goes on with: networks, volumes and other containers, as it names them.
public struct ContainerReferences: Sendable, Equatable {
    /// Names, IDs and beginnings of IDs.
    public var networks: Set<String>
    /// Names, and the folders that are mounted from elsewhere, in which a volume may lie.
    public var volumes: Set<String>
    /// Whose namespaces, volumes or addresses it uses: names, IDs and beginnings of IDs.
    public var containers: Set<String>

    public init(networks: Set<String> = [], volumes: Set<String> = [], containers: Set<String> = []) {
        self.networks = networks
        self.volumes = volumes
        self.containers = containers
    }

    /// Both answers of an engine together.
    public func union(_ other: ContainerReferences) -> ContainerReferences {
        ContainerReferences(
            networks: networks.union(other.networks), volumes: volumes.union(other.volumes),
            containers: containers.union(other.containers))
    }

    public func names(_ facts: LeftoverFacts) -> Bool {
        switch facts.kind {
        case .network:
            networks.contains(facts.name) || ContainerReferences.names(facts.id, in: networks)
        case .volume:
            volumes.contains(facts.name)
                // As in `-v /var/lib/docker/volumes/NAME/_data:/x`.
                || volumes.contains { path in path.split(separator: "/").contains { $0 == facts.name } }
        }
    }

    /// - Parameter name: without slash.
    public func names(container id: String, _ name: String?) -> Bool {
        if containers.isEmpty { return false }
        if let name, containers.contains(name) { return true }
        return ContainerReferences.names(id, in: containers)
    }

    /// Whether something is named by its ID, or by a beginning of it, which the engine takes as well.
    private static func names(_ id: String, in words: Set<String>) -> Bool {
        words.contains(id) || words.contains { !$0.isEmpty && id.hasPrefix($0) }
    }
}

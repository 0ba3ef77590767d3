import StokerCore

/// What of a container's description, listed or inspected, names networks, volumes and other containers. Of what the
/// engine leaves out nothing is known.
struct AttachedNetworks: Decodable, Sendable {
    struct Network: Decodable, Sendable {
        var id: String?
        /// `pg:db`: another container and what it is called here.
        var links: [String]?

        enum CodingKeys: String, CodingKey {
            case id = "NetworkID"
            case links = "Links"
        }
    }
    /// By name. One that has never been started has no IDs.
    var networks: [String: Network?]?

    enum CodingKeys: String, CodingKey { case networks = "Networks" }

    var references: ContainerReferences {
        let networks = networks ?? [:]
        let ids = networks.values.compactMap { $0?.id }.filter { !$0.isEmpty }
        let links = networks.values.flatMap { $0?.links ?? [] }
        return ContainerReferences(
            networks: Set(networks.keys).union(ids),
            containers: Set(links.compactMap(ContainerReferences.linked)))
    }
}

struct MountPoint: Decodable, Sendable {
    /// Of a volume.
    var name: String?
    /// A folder of the engine's machine.
    var source: String?

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case source = "Source"
    }
}

/// The namespaces that a container shares, and with whom.
struct SharedNamespaces: Decodable, Sendable {
    var networkMode: String?
    var pidMode: String?
    var ipcMode: String?
    var utsMode: String?
    var userMode: String?
    var cgroupMode: String?
    var cgroup: String?
    var volumesFrom: [String]?
    /// `/pg:/web/db`.
    var links: [String]?

    enum CodingKeys: String, CodingKey {
        case networkMode = "NetworkMode"
        case pidMode = "PidMode"
        case ipcMode = "IpcMode"
        case utsMode = "UTSMode"
        case userMode = "UsernsMode"
        case cgroupMode = "CgroupnsMode"
        case cgroup = "Cgroup"
        case volumesFrom = "VolumesFrom"
        case links = "Links"
    }

    var references: ContainerReferences {
        let modes = [networkMode, pidMode, ipcMode, utsMode, userMode, cgroupMode, cgroup].compactMap(\.self)
        let prefix = "container:"
        let shared = modes.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        // `NAME:ro`
        let sources = (volumesFrom ?? []).compactMap { $0.split(separator: ":").first.map(String.init) }
        let linked = (links ?? []).compactMap(ContainerReferences.linked)
        let network = networkMode.flatMap { $0.hasPrefix(prefix) ? nil : $0 }
        return ContainerReferences(
            networks: Set([network].compactMap(\.self)), containers: Set(shared + sources + linked))
    }
}

extension ContainerReferences {
    init(_ networks: AttachedNetworks?, _ mounts: [MountPoint]?, _ namespaces: SharedNamespaces?) {
        let volumes = (mounts ?? []).flatMap { [$0.name, $0.source].compactMap(\.self) }.filter {
            !$0.isEmpty
        }
        self = ContainerReferences(volumes: Set(volumes))
            .union(networks?.references ?? .init()).union(namespaces?.references ?? .init())
    }

    /// The other container's name in a link: `pg` in `/pg:/web/db`.
    static func linked(_ link: String) -> String? {
        guard let name = link.split(separator: ":").first else { return nil }
        return String(name.hasPrefix("/") ? name.dropFirst() : name)
    }
}

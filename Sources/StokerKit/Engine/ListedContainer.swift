import StokerCore

/// What the list of containers says of one.
struct ListedContainer: Decodable, Sendable {
    var id: String
    /// With slashes: `/clud-a-3f9a01bc`; legacy links add `/other/alias`.
    var names: [String]
    var image: String
    /// `sha256:…`, whatever the image's names are by now.
    var imageID: String?
    var state: String
    /// Whole seconds since 1970.
    var created: Int64
    var labels: [String: String]?
    var hostConfig: SharedNamespaces?
    var networkSettings: AttachedNetworks?
    var mounts: [MountPoint]?

    var references: ContainerReferences { ContainerReferences(networkSettings, mounts, hostConfig) }

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case imageID = "ImageID"
        case state = "State"
        case created = "Created"
        case labels = "Labels"
        case hostConfig = "HostConfig"
        case networkSettings = "NetworkSettings"
        case mounts = "Mounts"
    }
}

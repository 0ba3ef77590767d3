import NIOHTTP1
import StokerCore

/// One that cannot be read is one that is not known.
private func moment(_ text: String?) -> EngineTime? {
    text.flatMap { try? EngineTime.parse($0) }
}

private struct ListedNetwork: Decodable {
    var id: String
    var name: String
    var scope: String?
    var labels: [String: String]?
    /// RFC 3339.
    var created: String?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case scope = "Scope"
        case labels = "Labels"
        case created = "Created"
    }

    var facts: LeftoverFacts {
        LeftoverFacts(
            kind: .network, id: id, name: name, labels: labels ?? [:], created: moment(created),
            isLocal: (scope ?? "local") == "local")
    }
}

private struct ListedVolume: Decodable {
    var name: String
    var scope: String?
    var labels: [String: String]?
    /// RFC 3339, in whole seconds.
    var created: String?

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case scope = "Scope"
        case labels = "Labels"
        case created = "CreatedAt"
    }

    var facts: LeftoverFacts {
        LeftoverFacts(
            kind: .volume, id: name, name: name, labels: labels ?? [:], created: moment(created),
            isLocal: (scope ?? "local") == "local")
    }
}

private struct ListedVolumes: Decodable {
    /// Not even an empty list when there are none.
    var volumes: [ListedVolume]?

    enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
}

/// The filter of a list for what carries a lease.
private let leased = [("filters", #"{"label":["\#(LeaseLabels.leaseLabel)"]}"#)]

extension EngineRequests {
    /// All that carry a lease.
    func leasedNetworks() async throws -> [LeftoverFacts] {
        let answer = try await request(.GET, ["networks"], query: leased, timeout: nil)
        return try decode([ListedNetwork].self, answer, "list networks").map(\.facts)
    }

    /// All that carry a lease.
    func leasedVolumes() async throws -> [LeftoverFacts] {
        let answer = try await request(.GET, ["volumes"], query: leased, timeout: nil)
        return try decode(ListedVolumes.self, answer, "list volumes").volumes?.map(\.facts) ?? []
    }

    /// `nil` when it is gone.
    func leftover(_ kind: LeftoverFacts.Kind, _ id: String) async throws -> LeftoverFacts? {
        switch kind {
        case .network:
            let answer = try await request(.GET, ["networks", id], query: [], timeout: nil)
            if answer.status == 404 { return nil }
            return try decode(ListedNetwork.self, answer, "show the network \(id)").facts
        case .volume:
            let answer = try await request(.GET, ["volumes", id], query: [], timeout: nil)
            if answer.status == 404 { return nil }
            return try decode(ListedVolume.self, answer, "show the volume \(id)").facts
        }
    }

    /// Never by force: what is in use is left alone.
    func removeLeftover(_ kind: LeftoverFacts.Kind, _ id: String) async throws -> EngineClient.Removal {
        let answer = try await request(
            .DELETE, [kind == .network ? "networks" : "volumes", id], query: [],
            timeout: EngineClient.removalPatience)
        switch answer.status {
        case 200..<300: return .removed
        case 404: return .gone
        default: return .refused(answer.message)
        }
    }
}

import StokerCore
import SystemPackage

/// What a leased command finds in its environment, so that all that speaks to an engine speaks through the proxy.
enum LeasedEnvironment {
    /// Names the lease, for scripts that want to know whether they have one.
    static let lease = "STOKER_LEASE"
    /// The leases around it, where runs are nested: their IDs, the outermost first, separated by commas.
    static let outerLeases = "STOKER_LEASE_OUTER"
    /// The engine behind the proxy: Stoker's own commands make nothing that could be owned, and an agent answers only
    /// for the engine that it speaks to.
    static let engine = "STOKER_LEASE_ENGINE"
    static let engineCertificates = "STOKER_LEASE_ENGINE_CERTIFICATES"
    /// The proxy's address, so that the two above count only as long as nobody has chosen another engine.
    static let proxy = "STOKER_LEASE_PROXY"

    /// - Returns: `nil` for variables that are to be taken away.
    static func changes(
        lease id: LeaseID, socket: FilePath, endpoint: Endpoint, old: [String: String]
    ) -> [String: String?] {
        let address = "unix://\(socket)"
        var changes: [String: String?] = [
            "DOCKER_HOST": address,
            // Podman's client.
            "CONTAINER_HOST": address,
            // Of the engine behind the proxy, which speaks plainly.
            "DOCKER_TLS": nil, "DOCKER_TLS_VERIFY": nil, "DOCKER_CERT_PATH": nil,
            "DOCKER_CONTEXT": nil,
            // Its own reaper would be owned as well, and is not needed.
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            lease: id.text, proxy: address, engine: endpoint.host,
            engineCertificates: endpoint.certificates,
        ]
        let outer = (old[outerLeases] ?? "").split(separator: ",").map(String.init) + [old[lease] ?? ""]
        let ids = outer.compactMap(LeaseID.init(text:)).map(\.text)
        changes.updateValue(ids.isEmpty ? nil : ids.joined(separator: ","), forKey: outerLeases)
        // Ports are opened at the engine's, which the proxy's socket does not tell.
        if case .tcp(let host, _) = endpoint.address, old["TESTCONTAINERS_HOST_OVERRIDE"] == nil {
            changes["TESTCONTAINERS_HOST_OVERRIDE"] = host
        }
        return changes
    }

    /// Changes that make what is started no part of any lease.
    static let unleased: [String: String?] = [lease: nil, outerLeases: nil]

    /// Whether a process belongs to a lease, or to one inside of it.
    ///
    /// - Parameter environment: what it began with, as `/proc/PID/environ` has it.
    static func carries(_ id: LeaseID, _ environment: [UInt8]) -> Bool {
        environment.split(separator: 0).contains { entry in
            let pair = entry.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { return false }
            if pair[0].elementsEqual(lease.utf8) { return pair[1].elementsEqual(id.text.utf8) }
            return pair[0].elementsEqual(outerLeases.utf8)
                && pair[1].split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(id.text.utf8) }
        }
    }

    /// The engine behind the proxy, if that is what the environment names.
    static func proxied(_ environment: [String: String]) -> (host: String, certificates: String?)? {
        guard let host = environment["DOCKER_HOST"], !host.isEmpty, host == environment[proxy],
            let engine = environment[engine]
        else { return nil }
        return (engine, environment[engineCertificates])
    }
}

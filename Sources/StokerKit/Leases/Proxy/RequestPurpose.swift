import StokerCore

/// What a request asks the engine to make, by its method and path.
enum RequestPurpose: Hashable, Sendable {
    case creation(LeasedKind)
    /// Makes something that cannot be given the owner's labels: its path, without version.
    case unowned(String)
    case other

    /// As Go's server and the engine's router read a path, and more generous where that does no harm: a request
    /// that the router would not take for a creation is answered by an error, with labels or without.
    ///
    /// - Parameter target: as in the request line.
    init(method: some Collection<UInt8>, target: some Collection<UInt8>) {
        self = .other
        guard method.elementsEqual("POST".utf8) else { return }
        let parts = RequestPurpose.path(of: target)
        switch parts {
        case ["containers", "create"]: self = .creation(.container)
        case ["networks", "create"]: self = .creation(.network)
        case ["volumes", "create"]: self = .creation(.volume)
        case ["services", "create"], ["secrets", "create"], ["configs", "create"], ["plugins", "create"],
            ["libpod", "play", "kube"], ["libpod", "kube", "play"], ["libpod", "kube", "apply"]:
            self = .unowned("/" + parts.joined(separator: "/"))
        case _ where parts.count > 2 && parts.first == "libpod" && parts.last == "create":
            self = .unowned("/" + parts.joined(separator: "/"))
        default: break
        }
    }

    /// The path of a request in parts, without the API's version; empty for what is no path.
    static func path(of target: some Collection<UInt8>) -> [String] {
        var parts = segments(target.prefix { $0 != UInt8(ascii: "?") }) ?? []
        if let first = parts.first, isVersion(first) { parts.removeFirst() }
        return parts
    }

    /// Decoded, without empty ones and dots; `nil` for what is no path.
    private static func segments(_ path: some Collection<UInt8>) -> [String]? {
        var decoded: [UInt8] = []
        var rest = path.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(ASCII.hexDigit),
                let low = rest.next().flatMap(ASCII.hexDigit)
            else { return nil }
            decoded.append(high << 4 | low)
        }
        var segments: [String] = []
        for segment in decoded.split(separator: UInt8(ascii: "/")) {
            switch String(decoding: segment, as: UTF8.self) {
            case ".": break
            case "..": _ = segments.popLast()
            case let name: segments.append(name)
            }
        }
        return segments
    }

    /// `v1.41`, and what podman's router takes besides.
    private static func isVersion(_ segment: String) -> Bool {
        let text = segment.utf8.dropFirst()
        guard segment.utf8.first == UInt8(ascii: "v"), let first = text.first else { return false }
        return ASCII.isDigit(first) || first == UInt8(ascii: ".")
    }
}

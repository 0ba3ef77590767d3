extension ReapReport {
    /// What the report tells of one container, network, volume or image, for people.
    public struct Line: Sendable, Equatable {
        public var decision: Decision
        /// `clud-sync-3f9a01bc`, `network net-1`, `image stoker-kept:…`.
        public var title: String
        public var reason: String
    }

    /// A line for each, in the order in which they go.
    public var lines: [Line] {
        containers.map { Line(decision: $0.decision, title: $0.title, reason: $0.reason) }
            + leftovers.map { Line(decision: $0.decision, title: $0.title, reason: $0.reason) }
            + images.map { Line(decision: $0.decision, title: $0.title, reason: $0.reason) }
    }

    /// What was removed, or should have been, a line each, for a log.
    public var doings: [String] {
        lines.filter { $0.decision == .removed || $0.decision == .failed }.map {
            "\($0.decision.rawValue) \($0.title): \($0.reason)"
        }
    }
}

extension ReapReport.Container {
    /// Its name, or the beginning of its ID where it has none.
    public var title: String { name ?? String(id.prefix(12)) }
}

extension ReapReport.Leftover {
    /// `network net-1`.
    public var title: String { "\(kind.rawValue) \(name)" }
}

extension ReapReport.Image {
    /// `image stoker-kept:…`, or with the beginning of its ID where it has no name.
    public var title: String {
        "image " + (reference == imageID ? String(imageID.dropFirst("sha256:".count).prefix(12)) : reference)
    }
}

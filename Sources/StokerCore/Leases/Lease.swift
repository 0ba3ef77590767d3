import Foundation

/// What the file of a lease says: one JSON object.
public struct Lease: Codable, Sendable, Equatable {
    public var id: LeaseID
    /// As in `LeaseLabels`.
    public var host: String
    public var project: String
    public var owner: ProcessIdentity?
    public var command: ProcessIdentity?
    /// What runs, for people: `pytest -n 8`.
    public var commandLine: String
    /// Seconds since 1970.
    public var since: Double
    /// The engine that its containers are on: `unix:///run/docker.sock`.
    public var engine: String
    /// By which that engine calls itself; `nil` when it did not say.
    public var engineID: String?
    /// The socket that the command is given for one, which is left behind by a kill.
    public var socket: String

    /// What the socket of a lease is called, in the user's runtime folder.
    public static func socketName(_ id: LeaseID) -> String { "run-\(id.text.prefix(8)).sock" }

    /// Whether no other machine should have containers there. A copy of this machine has its ID, this file and a boot of
    /// its own: for one that shares the engine, the boot here proves nothing.
    var isOnLocalEngine: Bool { engine.hasPrefix("unix://") }

    /// Bytes of a lease's file that are read.
    static let sizeLimit = 64 << 10
    /// Characters of a command that are kept.
    private static let commandLineLimit = 1_000

    /// Of this process, for a command that has not been started yet.
    public init(
        id: LeaseID, project: String, commandLine: [String], engine: String, engineID: String? = nil,
        socket: String
    ) {
        self.id = id
        host = LockHolder.hostName
        self.project = project
        owner = ProcessIdentity.current
        self.commandLine = String(commandLine.joined(separator: " ").prefix(Lease.commandLineLimit))
        since = Date().timeIntervalSince1970
        self.engine = engine
        self.engineID = engineID
        self.socket = socket
    }

    /// For what is created at this moment.
    public func labels(user: UInt32, now: LeaseLabels.Awake) -> LeaseLabels {
        LeaseLabels(
            id: id, host: host, project: project, user: user, owner: owner, command: command, created: now)
    }

    var line: [UInt8] { JSONLine.bytes(self) }

    /// `nil` for what cannot be understood.
    init?(line: [UInt8]) {
        guard let lease = JSONLine.value(Lease.self, line) else { return nil }
        self = lease
    }
}

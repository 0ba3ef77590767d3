import Glibc
import StokerCore
import SystemPackage

/// What is true of a container's owner.
enum SimulatedLease: CaseIterable, Sendable {
    case alive, dead, unknown, foreign

    /// To be told by its ID: that of a run that is over.
    private static let over = LeaseID.random()
    private static let living = LeaseID.random()

    /// Knows who is dead, and all others by their labels.
    static let book = LeaseBook(folder: "/nowhere", ended: [over])

    var labels: [String: String] {
        let isForeign = self == .foreign
        // We are alive, and of this machine.
        let owner = self == .unknown ? nil : ProcessIdentity.current
        return LeaseLabels(
            id: self == .dead ? SimulatedLease.over : SimulatedLease.living, host: "simulated", project: "/p",
            user: isForeign ? geteuid() + 1 : geteuid(), owner: owner, command: nil, created: nil
        ).labels
    }
}

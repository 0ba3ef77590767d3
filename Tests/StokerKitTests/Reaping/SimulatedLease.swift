import Foundation
import Glibc
import StokerCore
import SystemPackage

/// What is true of a container's owner.
enum SimulatedLease: CaseIterable, Sendable {
    case alive, dead, unknown, foreign

    /// To be told by its ID: that of a run that is over.
    private static let over = LeaseID.random()
    private static let living = LeaseID.random()

    /// Knows who is dead, and all others by their labels. Each creation made the container whose number it has.
    static let book = LeaseBook(folder: "/nowhere", ended: [over]) { mark, _ in
        CreationRecord(mark: mark, kind: .container, asked: noon, id: String(format: "%064lx", mark.number))
    }
    private static let noon = EngineTime(unixSeconds: 1_795_348_800)!  // A year of four digits.

    /// - Parameter number: of the container that was created with them.
    func labels(creating number: Int) -> [String: String] {
        let isForeign = self == .foreign
        // We are alive, and of this machine.
        let owner = self == .unknown ? nil : ProcessIdentity.current
        return LeaseLabels(
            id: self == .dead ? SimulatedLease.over : SimulatedLease.living, host: "simulated", project: "/p",
            user: isForeign ? geteuid() + 1 : geteuid(), owner: owner, command: nil, created: nil,
            creation: CreationMark(text: "\(number)-\(String(format: "%032lx", number))")
        ).labels
    }
}

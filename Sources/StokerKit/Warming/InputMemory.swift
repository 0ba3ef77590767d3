import Foundation
import StokerCore
import Synchronization
import SystemPackage

/// What is remembered of one image's files from look to look, in memory and on disk.
final class InputMemory: Sendable {
    private let file: FilePath
    private let index = Mutex<StatIndex?>(nil)

    init(file: FilePath) { self.file = file }

    /// The inputs as they are from now on.
    func look(_ plan: InputPlan) async throws -> LookedInputs {
        try await remembering { index in try InputScanner.look(plan, index: &index) }
    }

    /// Copies the inputs into the image's snapshot. What comes back is of the bytes as copied.
    func copy(
        _ request: WarmRequest, bases: KnownBases, stages: StageSelection, into snapshots: SnapshotStore,
        key: String, project: FilePath
    ) async throws -> SnapshotCopy {
        try await remembering { index in
            try SnapshotCopy.make(
                request, bases: bases, stages: stages, in: snapshots.open(key: key, project: project),
                index: &index)
        }
    }

    private func remembering<Value: Sendable>(
        _ work: @escaping @Sendable (inout StatIndex) throws -> Value
    ) async throws -> Value {
        try await BlockingWork.run { [self] in
            try index.withLock { known in
                var index = known ?? StatIndex.load(from: file)
                defer { known = index }
                let value = try work(&index)
                if index.isChanged { save(&index) }
                return value
            }
        }
    }

    private func save(_ index: inout StatIndex) { InputMemory.save(&index, to: file) }

    /// Saves what has been learned. Failing costs time at the next look, and nothing else.
    static func save(_ index: inout StatIndex, to file: FilePath) {
        guard (try? PrivateDirectory.create(file.removingLastComponent())) != nil else { return }
        try? index.save(to: file)
        index.isChanged = false
    }
}

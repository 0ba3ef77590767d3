import Logging
import NIOCore
import StokerCore
import Synchronization

/// The temporary tags under which images are built.
extension Warmer {
    /// Takes a temporary tag away. What resists, since a container uses it, is left to the next build, or to who
    /// reaps.
    ///
    /// - Parameter isEnding: whether somebody waits for our end, which an engine that is silent must not hold up.
    func drop(_ scratchTag: String, isEnding: Bool = false) async {
        do {
            try await engine.untag(scratchTag, timeout: isEnding ? .seconds(2) : nil)
        } catch {
            logger.warning("cannot remove the tag \(scratchTag): \(error)")
        }
    }

    /// Also removes the tags that killed builds of this image have left: whoever holds the image's lock is
    /// the only one who builds it.
    func freshScratchTag() async throws -> ScratchTag {
        for tag in try await engine.images(matching: ScratchTag.repository).flatMap(\.scratchTags)
        where tag.key == key {
            await drop(tag.reference)
            scratchTags.forget(tag)
        }
        return ScratchTag(key: key)
    }

    /// Says that its build lives. Where that cannot be written, only the tag's age tells who reaps.
    func holdScratchTag(_ tag: ScratchTag) -> HeldScratchTag? {
        do {
            return try HeldScratchTag(tag, in: scratchTags.folder, engine: engine.endpoint.host)
        } catch {
            logger.debug("cannot note the build under \(tag.reference): \(error)")
            return nil
        }
    }

    /// Who listens to the builder: the observer, and before it `hold`, in which is noted what the legacy builder makes.
    func noting(
        in hold: HeldScratchTag?, of client: BuilderClient, _ observer: @escaping WarmObserver
    ) -> @Sendable (String) -> Void {
        guard let hold, client.kind == .legacy || client.kind == .engineOwn else {
            return { observer(.line($0)) }
        }
        let output = Mutex(LegacyBuilderOutput())
        return { line in
            if let word = output.withLock({ $0.read(line) }) { hold.note(word) }
            observer(.line(line))
        }
    }
}

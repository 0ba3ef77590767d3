import Foundation
import StokerCore
import StokerKit
import Synchronization

/// Tells on standard error what is waited for. On a terminal the builder's latest line is shown in place.
final class ProgressPrinter: Sendable {
    private let isVerbose: Bool
    private let namesImages: Bool
    private let isTerminal = Diagnostics.isTerminal
    private let hasLine = Mutex(false)
    /// The images of whose wait has been told.
    private let waiting = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - isVerbose: print every line of the builder's.
    ///   - namesImages: say which image a line of the builder's is of.
    init(isVerbose: Bool, namesImages: Bool = false) {
        self.isVerbose = isVerbose
        self.namesImages = namesImages
    }

    /// - Parameter name: what the configuration calls the image.
    func observer(of name: String) -> WarmObserver {
        { [self] event in observe(event, of: name) }
    }

    private func observe(_ event: WarmEvent, of name: String) {
        switch event {
        case .waiting(let holder):
            tellOfWait(holder, name)
        case .building(let image, let reason, _):
            say("building \(image): \(reason)")
        case .warning(let text):
            clear()
            Diagnostics.warning(text.plain())
        case .line(let line):
            let line = (namesImages ? "\(name): \(line)" : line).plain()
            if isVerbose { Diagnostics.write(line + "\n") } else { show(line) }
        }
    }

    /// In full at first, and then how far it is.
    private func tellOfWait(_ holder: LockHolder?, _ name: String) {
        let isFirst = waiting.withLock { $0.insert(name).inserted }
        let now = Date().timeIntervalSince1970
        if isFirst {
            say("waiting for \(holder?.story(now: now) ?? "another program that holds the build lock")")
        } else if let holder, let progress = holder.progress(now: now) {
            let line = "\(holder.image): builds \(progress)"
            if isTerminal { show(line.plain()) } else { say(line) }
        }
    }

    /// Shows a line in place, on a terminal.
    private func show(_ line: String) {
        guard isTerminal else { return }
        // Erase the line, write without wrapping into the next, go back.
        Diagnostics.write("\u{1B}[2K\(line.prefix(78))\r")
        hasLine.withLock { $0 = true }
    }

    /// Removes what stands in place.
    func clear() {
        let hadLine = hasLine.withLock { hasLine in
            defer { hasLine = false }
            return hasLine
        }
        if hadLine { Diagnostics.write("\u{1B}[2K\r") }
    }

    private func say(_ text: String) {
        clear()
        Diagnostics.note(text.plain())
    }
}

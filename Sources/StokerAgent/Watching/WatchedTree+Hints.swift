import StokerCore

extension WatchedTree {
    /// Notes what an event says of one of the directories. Nothing is read here, so that the queue is
    /// emptied fast.
    func hint(_ event: InotifyEvent, at directory: WatchedDirectory) {
        guard !directory.isRemoved else { return }
        if event.mask.contains(.ignored) { return hintLost(directory) }
        guard event.name.isEmpty else { return hint(event, entryOf: directory) }
        if let path = directory.path { change.add(path) }
        if !event.mask.isDisjoint(with: [.deleteSelf, .moveSelf, .unmount]) { hintPlace(of: directory) }
    }

    private func hint(_ event: InotifyEvent, entryOf directory: WatchedDirectory) {
        if let path = directory.path { change.add(path.appending(name: event.name)) }
        let moves: InotifyMask = [.create, .delete, .movedFrom, .movedTo, .attributes]
        guard !event.mask.isDisjoint(with: moves) else { return }
        if event.mask.contains(.isDirectory) || directory.children[event.name] != nil {
            mark(directory, .init(names: [event.name]))
        }
    }

    private func hintLost(_ directory: WatchedDirectory) {
        if directory.watch != nil { setState(directory, .lost) }
        if let path = directory.path { change.add(path) }
        hintPlace(of: directory)
    }

    /// The directory may not be any more where it was.
    private func hintPlace(of directory: WatchedDirectory) {
        if let parent = directory.parent {
            mark(parent, .init(names: [directory.name]))
        } else if directory === top {
            isRootSuspect = true
        }
    }

    /// Something has happened where the root may appear.
    func hintRoot() { isRootSuspect = true }

    /// Events were lost: nothing that was known counts.
    func hintOverflow() {
        overflows += 1
        change.addEverything()
        isRootSuspect = true
        if let top { markAll(below: top, .init(whole: true)) }
    }

    func markAll(below directory: WatchedDirectory, _ hints: WatchedDirectory.Hints) {
        var rest = [directory]
        while let next = rest.popLast() {
            mark(next, hints)
            rest.append(contentsOf: next.children.values)
        }
    }

    /// Before a question: looks at what no event can announce.
    func hintQuestion() {
        if !isRootInPlace { isRootSuspect = true }
        hintMounts()
        retryWaiting()
        for directory in unreadable.values.prefix(64) { mark(directory, .init(whole: true, report: true)) }
        // If this one gets a watch, the others are tried, too.
        retryUnwatched(atMost: 1)
    }

    func retryUnwatched(atMost limit: Int) {
        var rest = limit
        for directory in unwatched.values where directory.hints == nil && directory.path != nil {
            mark(directory, .init(whole: true, report: true))
            rest -= 1
            if rest == 0 { return }
        }
    }
}

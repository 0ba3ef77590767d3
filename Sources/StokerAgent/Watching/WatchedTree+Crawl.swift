import StokerCore
import SystemPackage

extension WatchedTree {
    /// What is taken in of a crawl. Until its end nothing is read by the tree itself.
    struct Crawling {
        let crawl: Crawl
        /// The directories that findings may name as the ones that they are in.
        var known: [Int: WatchedDirectory]
    }

    /// Starts to crawl a root of which nothing is known yet.
    ///
    /// - Returns: `nil` when there is no root that could be watched: it is read like any other directory.
    func beginCrawl(canHoldInput: @escaping @Sendable (BytePath) -> Bool) -> Crawl? {
        guard !isEstablished, crawling == nil, let handle = openRoot(), let top, let watch = top.watch,
            dirty.count == 1, top.hints != nil
        else { return nil }
        let crawl = Crawl(adder: table.source.adder, canHoldInput: canHoldInput)
        do { try crawl.start(handle, watch: watch) } catch { return nil }
        dirty.removeAll()
        top.hints = nil
        // What has marked it before is older than the listing.
        (top.isListed, top.wasMarked) = (true, false)
        crawling = Crawling(crawl: crawl, known: [Crawl.rootNumber: top])
        table.noteEarly()
        return crawl
    }

    /// Puts a directory into its place if nothing has been heard since that may contradict; else it is read anew
    /// when the crawl is over.
    func takeIn(_ found: Crawl.Finding) {
        guard let parent = crawling?.known[found.parent], !parent.isRemoved, !parent.wasMarked,
            parent.children[found.entry.name] == nil
        else { return refuse(found) }
        switch found.outcome {
        case .watched(let watch):
            let heard = table.heardEarly(of: watch)
            // Moved meanwhile, or mounted in two places, or gone.
            guard table.directory(of: watch, in: self) == nil, heard != .itsEnd else { return refuse(found) }
            let child = insert(found.entry, in: parent)
            setState(child, .watched(watch))
            noteListing(child, found)
            if heard == .something { mark(child, .init(whole: true, report: true)) }
        case .refused(let error):
            let child = insert(found.entry, in: parent)
            setState(child, error == .noSpace ? .unwatched : .unreadable(error))
            noteListing(child, found)
        case .unopened(.noSuchFileOrDirectory), .unopened(.notDirectory),
            .unopened(.tooManySymbolicLinkLevels):
            // Is gone, as an event will say.
            break
        case .unopened(.tooManyOpenFiles), .unopened(.tooManyOpenFilesInSystem): refuse(found)
        case .unopened(let error): setState(insert(found.entry, in: parent), .unreadable(error))
        }
    }

    private func noteListing(_ child: WatchedDirectory, _ found: Crawl.Finding) {
        if let number = found.number {
            child.isListed = true
            crawling?.known[number] = child
        } else if case .unreadable = child.state {
            return
        } else {
            mark(child, .init(whole: true))
        }
    }

    private func refuse(_ found: Crawl.Finding) {
        if let parent = crawling?.known[found.parent], !parent.isRemoved {
            mark(parent, .init(names: [found.entry.name]))
        }
        if case .watched(let watch) = found.outcome { table.drop(watch) }
    }

    func endCrawl() {
        crawling = nil
        table.forgetEarly()
    }
}

/// Which images of a project are built on others of it: a `FROM` or `--from` names another's tag.
///
/// Such an image is the one for today's files only if those that it is built on are.
public struct ImageOrder: Sendable, Equatable {
    /// By name, in the order of the Dockerfile; without those of which there are none.
    private let bases: [String: [String]]

    /// - Parameter images: with their plans; `nil` for one whose Dockerfile cannot be read, which whoever builds it
    ///   is told then.
    public init(_ images: [(settings: ImageSettings, plan: InputPlan?)]) {
        var bases: [String: [String]] = [:]
        if images.count > 1 {
            let names = Dictionary(
                images.map { (ImageOrder.familiar($0.settings.tag), $0.settings.name) }
            ) { first, _ in first }
            for case (let image, let plan?) in images {
                var found: [String] = []
                for base in plan.reading.bases {
                    guard let name = names[ImageOrder.familiar(base.text)], !found.contains(name) else {
                        continue
                    }
                    found.append(name)
                }
                if !found.isEmpty { bases[image.name] = found }
            }
        }
        self.bases = bases
    }

    /// As the Dockerfiles say it now.
    public init(_ settings: ProjectSettings) {
        // One alone is not worth the reading.
        let images = settings.images.count > 1 ? settings.images : []
        self.init(images.map { ($0, try? InputPlan(image: $0, ownFiles: settings.ownFiles)) })
    }

    private static func familiar(_ text: String) -> String {
        (try? ImageReference(parsing: text))?.familiarText ?? text
    }

    /// The images that this one is built on, without those that they are built on.
    public func bases(of name: String) -> [String] { bases[name] ?? [] }

    /// These images and all that they are built on, each after its bases.
    ///
    /// - Throws: `StokerError` (`badInput`) for images that are built on each other.
    public func withBases(_ names: [String]) throws(StokerError) -> [String] {
        var sorted: [String] = []
        for name in names { try add(name, to: &sorted, above: []) }
        return sorted
    }

    private func add(_ name: String, to sorted: inout [String], above: [String]) throws(StokerError) {
        if sorted.contains(name) { return }
        if let start = above.firstIndex(of: name) {
            let circle = (above[start...] + [name]).joined(separator: ", which is built on ")
            throw StokerError(
                .badInput, "the image \(circle)",
                nextStep: "let one of their Dockerfiles start from another image")
        }
        for base in bases(of: name) { try add(base, to: &sorted, above: above + [name]) }
        sorted.append(name)
    }
}

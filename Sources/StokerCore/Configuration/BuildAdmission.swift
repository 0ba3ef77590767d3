import SystemPackage

/// Judges what a project's `stoker.yaml` asks of the builder by what the person grants the project; all throw
/// `StokerError` (`badInput`) that says which line of the person's configuration would admit it.
///
/// The host's network and caches elsewhere are the person's: with them a cloned repository could reach what listens on
/// the machine alone, or write with the person's credentials.
struct BuildAdmission {
    let root: FilePath
    /// The person's configuration.
    let file: FilePath
    let granted: BuildGrant

    func check(network: String, _ value: ConfigurationValue) throws {
        if ["default", "none", "bridge"].contains(network) || granted.networks.contains(network) { return }
        throw value.error(
            "found \(network.quoted), a network on which a project may not build by itself",
            nextStep: nextStep("network", network))
    }

    func check(entitlement: String, _ value: ConfigurationValue) throws {
        if granted.entitlements.contains(entitlement) { return }
        throw value.error(
            "found \(entitlement.quoted), which a project may not do by itself",
            nextStep: nextStep("entitlements", entitlement))
    }

    func check(cacheTo text: String, _ value: ConfigurationValue) throws {
        if isGranted(text, by: granted.cacheTo) { return }
        throw value.error(
            "found \(text.quoted), where a project may not write by itself",
            nextStep: nextStep("cache-to", suggestion(text)))
    }

    /// - Returns: what to tell if the engine does not have an image of this name, which a builder would then look for in a
    ///   registry; `nil` where it may do so.
    func check(cacheFrom text: String, _ value: ConfigurationValue) throws -> StokerError? {
        let entry = CacheEntry(text)
        // A folder is held to the project's boundary as any other.
        if entry?.type == "local" || isGranted(text, by: granted.cacheFrom) { return nil }
        let refusal = value.error(
            "found \(text.quoted), from where a project may not take layers by itself",
            nextStep: nextStep("cache-from", suggestion(text)))
        guard entry == nil, ImageReference.isPossible(text) else { throw refusal }
        return refusal
    }

    private func isGranted(_ text: String, by grants: [String]) -> Bool {
        let entry = CacheEntry(text)
        let place = entry == nil ? RegistryPlace(reference: text) : entry?.place
        return grants.contains { grant in
            if let whole = CacheEntry(grant) { return whole == entry }
            guard let place, let granted = RegistryPlace(grant: grant) else { return false }
            return granted.holds(place)
        }
    }

    /// The least that admits an entry, and would admit the next tag too.
    private func suggestion(_ text: String) -> String {
        let entry = CacheEntry(text)
        return (entry == nil ? RegistryPlace(reference: text) : entry?.place)?.repository ?? text
    }

    private func nextStep(_ key: String, _ item: String) -> String {
        "if it may, add projects: {\(root.string.yamlScalar): {\(key): [\(item.yamlScalar)]}} to \(file.printable)"
    }
}

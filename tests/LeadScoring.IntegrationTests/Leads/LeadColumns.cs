namespace LeadScoring.IntegrationTests.Leads;

/// <summary>What tests read of <c>mt_doc_lead</c> that is no column.</summary>
internal static class LeadColumns
{
    /// <summary>The instant of its score: left out of the document where it is that of the update.</summary>
    public const string ScoreAsOf = "coalesce(data ->> 'ScoreAsOf', data ->> 'UpdatedAt')::timestamptz";
}

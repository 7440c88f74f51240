"""Prices, exchange rates, oil and the two long weather records: what is promised of them, and every trap with its number."""

import numpy as np
import pytest

from unrolled.data import load

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def stocks():
    return load("stocks")


@pytest.fixture(scope="module")
def fx():
    return load("exchange_rates")


@pytest.fixture(scope="module")
def oil():
    return load("oil")


@pytest.fixture(scope="module")
def beijing():
    return load("beijing_weather")


@pytest.fixture(scope="module")
def clemson():
    return load("clemson_weather")


def years(dates):
    return dates.astype("datetime64[Y]").astype(int) + 1970


def at(dates, day):
    """The row of one day or hour."""
    return int(np.flatnonzero(dates == np.datetime64(day))[0])


def longest_run(flags):
    """The largest number of consecutive True."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False]))
    return (edges[1::2] - edges[::2]).max()


@pytest.mark.parametrize(
    ("name", "times", "spans"),
    [
        ("stocks", "date", [(2000, 2008), (2009, 2010), (2011, 2013)]),
        ("exchange_rates", "date", [(1999, 2018), (2019, 2022), (2023, 2026)]),
        ("oil", "date", [(1986, 2008), (2009, 2013), (2014, 2019)]),
        ("beijing_weather", "time", [(2010, 2012), (2013, 2013), (2014, 2014)]),
        ("clemson_weather", "date", [(2007, 2016), (2017, 2018), (2019, 2020)]),
    ],
)
def test_the_split_is_by_year_in_order_and_complete(name, times, spans):
    data = load(name)
    dates = getattr(data, times)
    parts = [getattr(data, part) for part in PARTS]
    assert (np.diff(dates).astype(int) > 0).all()
    assert [(years(dates[part]).min(), years(dates[part]).max()) for part in parts] == spans
    assert parts[0].stop == parts[1].start
    assert parts[1].stop == parts[2].start
    assert parts[2].stop == len(dates)
    assert all(years(dates[: part.start]).max() < years(dates[part]).min() for part in parts if part.start)


def test_stocks_have_the_promised_shape_and_prices_in_order(stocks):
    columns = [getattr(stocks, name) for name in ("open", "high", "low", "close", "adj_close", "volume")]
    assert all(column.shape == (3270, 4) and column.dtype == np.float64 for column in columns)
    assert [str(stocks.date[i]) for i in (0, -1)] == ["2000-03-01", "2013-03-01"]
    traded = ~np.isnan(stocks.close)
    assert traded.sum(axis=0).tolist() == [3270, 2148, 3270, 3270]
    assert all((~np.isnan(column) == traded).all() for column in columns)
    assert str(stocks.date[traded[:, stocks.symbols.index("GOOG")]][0]) == "2004-08-19"
    between = (stocks.low <= stocks.close) & (stocks.close <= stocks.high)
    assert between[traded].all()
    assert (stocks.volume[traded] > 0).all()


@pytest.mark.parametrize(
    ("symbol", "day", "paid", "adjusted"),
    [
        ("AAPL", "2000-06-21", -45.1, 9.9),
        ("AAPL", "2005-02-28", -49.6, 0.8),
        ("MSFT", "2003-02-18", -48.3, 3.4),
        ("AAPL", "2000-09-29", -51.9, -51.9),
        ("MSFT", "2004-11-15", -8.6, 1.7),
    ],
)
def test_splits_and_dividends_look_like_losses_and_one_loss_is_true(stocks, symbol, day, paid, adjusted):
    row, column = at(stocks.date, day), stocks.symbols.index(symbol)

    def gain(prices):
        return round(100 * (prices[row, column] / prices[row - 1, column] - 1), 1)

    assert (gain(stocks.close), gain(stocks.adj_close)) == (paid, adjusted)


def test_only_the_three_splits_and_the_one_crash_exceed_45_per_cent(stocks):
    assert (stocks.close[1:] / stocks.close[:-1] - 1 < -0.45).sum() == 4


def test_adjusted_prices_know_the_split_of_2014_and_the_four_were_winners(stocks):
    apple = stocks.symbols.index("AAPL")
    assert stocks.close[-1, apple] == 430.47
    assert round(stocks.adj_close[-1, apple], 2) == 56.14
    assert 13 < stocks.adj_close[-1, apple] / stocks.adj_close[0, apple] < 14
    assert at(stocks.date, "2001-09-17") - at(stocks.date, "2001-09-10") == 1


def test_stock_returns_hardly_repeat_and_their_sizes_do(stocks):
    returns = [np.diff(np.log(one[~np.isnan(one)])) for one in stocks.adj_close.T]
    repeat = [np.corrcoef(r[1:], r[:-1])[0, 1] for r in returns]
    size = [np.corrcoef(abs(r[1:]), abs(r[:-1]))[0, 1] for r in returns]
    assert (round(min(repeat), 2), round(max(repeat), 2)) == (-0.05, 0.0)
    assert (round(min(size), 2), round(max(size), 2)) == (0.16, 0.26)


def test_exchange_rates_have_the_promised_shape_and_known_values(fx):
    assert fx.rates.shape == (7126, 41)
    assert len(set(fx.currencies)) == len(fx.names) == 41
    assert [str(fx.date[i]) for i in (0, -1)] == ["1999-01-04", "2026-10-30"]
    dollar = fx.rates[:, fx.currencies.index("USD")]
    assert dollar[0] == 1.1789  # the euro's first day
    assert (str(fx.date[dollar.argmin()]), dollar.min()) == ("2000-10-26", 0.8252)
    assert fx.names["DKK"] == "Danish krone"
    assert np.nanmin(fx.rates) > 0.38
    assert np.nanmax(fx.rates) == 1_912_400  # Turkish lira


def test_a_quarter_of_the_rates_is_missing_and_17_currencies_are_complete(fx):
    missing = np.isnan(fx.rates)
    assert round(100 * missing.mean(), 1) == 24.1
    complete = "USD JPY CZK DKK GBP HUF PLN SEK CHF NOK AUD CAD HKD KRW NZD SGD ZAR"
    assert [code for code, gaps in zip(fx.currencies, missing.T, strict=True) if not gaps.any()] == complete.split()
    last = {code: str(fx.date[~gaps][-1]) for code, gaps in zip(fx.currencies, missing.T, strict=True) if gaps[-1]}
    assert len(last) == 12
    assert (last["SIT"], last["BGN"], last["RUB"]) == ("2006-12-29", "2025-12-31", "2022-03-01")
    assert {years(fx.date[~gaps])[0] for gaps in missing.T} == {1999, 2000, 2005, 2008, 2009, 2011}


def test_the_hole_in_the_krona_reads_as_a_crash(fx):
    krona = fx.rates[:, fx.currencies.index("ISK")]
    hole = slice(at(fx.date, "2008-12-09") + 1, at(fx.date, "2018-02-01"))
    assert np.isnan(krona[hole]).all()
    assert len(krona[hole]) == 2341
    known = krona[~np.isnan(krona)]
    change = known[1:] / known[:-1] - 1
    assert (krona[hole.start - 1], krona[hole.stop], round(100 * change.min(), 1)) == (290.0, 125.01, -56.9)


def test_some_currencies_stand_still_and_some_move_together(fx):
    change = {code: np.diff(np.log(one)) for code, one in zip(fx.currencies, fx.rates.T, strict=True)}
    kroon = fx.rates[:, fx.currencies.index("EEK")]
    assert (np.nanmin(kroon), np.nanmax(kroon), (~np.isnan(kroon)).sum()) == (15.6466, 15.6466, 3074)
    lev = change["BGN"][~np.isnan(change["BGN"])]
    assert round(100 * (lev == 0).mean(), 1) == 84.3
    assert [round(100 * abs(change[code]).mean(), 2) for code in ("DKK", "USD")] == [0.01, 0.42]
    both = ~np.isnan(change["CNY"])
    assert round(np.corrcoef(change["USD"], change["HKD"])[0, 1], 3) == 0.996
    assert round(np.corrcoef(change["USD"][both], change["CNY"][both])[0, 1], 2) == 0.93
    assert round(np.corrcoef(change["USD"][1:], change["USD"][:-1])[0, 1], 2) == -0.01


@pytest.mark.parametrize(
    ("code", "day", "per_cent", "part"),
    [
        ("CHF", "2015-01-15", -14.4, "train"),
        ("TRL", "2001-02-22", 68.2, "train"),
        ("TRY", "2021-12-21", -26.6, "validation"),
    ],
)
def test_rare_days(fx, code, day, per_cent, part):
    row, rate = at(fx.date, day), fx.rates[:, fx.currencies.index(code)]
    assert round(100 * (rate[row] / rate[row - 1] - 1), 1) == per_cent
    assert getattr(fx, part).start <= row < getattr(fx, part).stop


def test_working_days_are_missing_from_the_rates(fx):
    assert np.is_busday(fx.date).all()
    assert np.busday_count(fx.date[0], fx.date[-1] + 1) - len(fx.date) == 134
    gaps = np.diff(fx.date).astype(int)
    assert (gaps.max(), (gaps == 5).sum()) == (5, 36)


def test_oil_is_every_weekday_and_has_no_price_on_holidays(oil):
    assert oil.date.shape == oil.price.shape == (8611,)
    assert [str(oil.date[i]) for i in (0, -1)] == ["1986-01-02", "2019-01-03"]
    assert np.is_busday(oil.date).all()
    assert np.busday_count(oil.date[0], oil.date[-1] + 1) == 8611
    holidays = oil.date[np.isnan(oil.price)].astype(str)
    assert len(holidays) == 290
    assert [sum(day.endswith(end) for day in holidays) for end in ("12-25", "01-01")] == [24, 24]


def test_oil_known_prices_and_the_largest_falls(oil):
    traded = ~np.isnan(oil.price)
    price, date = oil.price[traded], oil.date[traded]
    assert (price.min(), str(date[price.argmin()])) == (10.25, "1986-03-31")
    assert (price.max(), str(date[price.argmax()])) == (145.31, "2008-07-03")
    change = price[1:] / price[:-1] - 1
    largest = np.argsort(-abs(change))[:2]
    assert [round(100 * c, 1) for c in change[largest]] == [-33.4, 21.1]
    assert str(date[1:][largest[0]]) == "1991-01-17"
    year_2008 = price[years(date) == 2008]
    assert (round(year_2008.max()), round(year_2008.min())) == (145, 30)


def test_oil_parts_are_different_worlds(oil):
    prices = [oil.price[getattr(oil, part)] for part in PARTS]
    assert [round(np.nanmean(part), 2) for part in prices] == [31.12, 85.67, 60.21]
    assert np.nanmin(prices[1]) > np.nanmean(prices[0])


def test_beijing_is_every_hour_within_its_ranges(beijing):
    assert len(beijing.time) == 43_824
    assert [str(beijing.time[i]) for i in (0, -1)] == ["2010-01-01T00", "2014-12-31T23"]
    assert (np.diff(beijing.time).astype(int) == 1).all()
    ranges = {"temperature": (-19, 42), "dew_point": (-40, 28), "pressure": (991, 1046), "wind_speed": (0.45, 20.12)}
    for name, (low, high) in ranges.items():
        values = getattr(beijing, name)
        assert (values.shape, values.min(), values.max()) == ((43_824,), low, high), name
    assert ((beijing.snow_hours > 0).sum(), (beijing.rain_hours > 0).sum()) == (368, 1808)
    names, counts = np.unique(np.array(beijing.directions)[beijing.wind_direction], return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {"NE": 4997, "NW": 14150, "SE": 15290, "cv": 9387}


def test_beijing_cumulated_wind_is_the_sum_since_the_wind_turned(beijing):
    peak = beijing.wind_cumulated.argmax()
    assert (str(beijing.time[peak]), beijing.wind_cumulated[peak]) == ("2011-01-01T04", 585.6)
    assert beijing.wind_speed[peak] == 4.02
    turned = np.flatnonzero(np.diff(beijing.wind_direction.astype(int))) + 1
    assert np.allclose(beijing.wind_cumulated[turned], beijing.wind_speed[turned])
    hours = np.setdiff1d(np.arange(1, 43_824), turned)
    assert np.allclose(np.diff(beijing.wind_cumulated)[hours - 1], beijing.wind_speed[hours])


def test_beijing_weather_stands_still_where_a_hole_was_filled(beijing):
    three = np.stack([beijing.temperature, beijing.dew_point, beijing.pressure], axis=1)
    filled = [("2012-10-11T23", 48), ("2012-10-14T00", 47), ("2010-11-13T20", 43), ("2010-11-15T17", 33)]
    for hour, hours in filled:
        first = at(beijing.time, hour)
        assert (three[first : first + hours] == three[first]).all()
    assert three[at(beijing.time, "2012-10-11T23")].tolist() == [11, 6, 1014]
    assert three[at(beijing.time, "2012-10-14T00")].tolist() == [14, 7, 1020]
    assert longest_run((three[1:] == three[:-1]).all(axis=1)) + 1 == 48


def test_beijing_temperatures_are_whole_degrees(beijing):
    assert round(100 * (np.diff(beijing.temperature) == 0).mean(), 1) == 34.4
    assert sum((values % 1 != 0).sum() for values in (beijing.temperature, beijing.pressure)) == 6
    test = beijing.temperature[beijing.test.start - 1 : beijing.test.stop]
    assert round(abs(np.diff(test)).mean(), 2) == 1.07


def test_beijing_dust_is_missing_in_places_and_peaks_an_hour_late(beijing):
    missing = np.isnan(beijing.pm25)
    assert (missing.sum(), round(100 * missing.mean(), 1)) == (2067, 4.7)
    assert missing[:24].all()
    assert longest_run(missing) == 155
    assert missing[at(beijing.time, "2010-09-21T05") :][:155].all()
    assert [missing[years(beijing.time) == year].sum() for year in (2011, 2013)] == [728, 82]
    assert (str(beijing.time[np.nanargmax(beijing.pm25)]), np.nanmax(beijing.pm25)) == ("2012-01-23T01", 994)


def test_beijing_oddities(beijing):
    impossible = beijing.time[beijing.dew_point > beijing.temperature]
    assert impossible.astype(str).tolist() == ["2010-10-08T07"]
    means = [beijing.temperature[getattr(beijing, part)].mean() for part in ("train", "test")]
    assert [round(mean, 1) for mean in means] == [12.1, 13.7]
    assert max(beijing.temperature[years(beijing.time) == year].mean() for year in range(2010, 2014)) < means[1]
    assert beijing.temperature.reshape(-1, 24).mean(axis=0).argmax() == 15


def test_clemson_is_every_day_and_complete_since_2007(clemson):
    assert clemson.date.shape == clemson.temp_max.shape == clemson.temp_min.shape == (33_238,)
    assert [str(clemson.date[i]) for i in (0, -1)] == ["1930-01-01", "2020-12-31"]
    assert (np.diff(clemson.date).astype(int) == 1).all()
    gone = np.isnan(clemson.temp_max) & np.isnan(clemson.temp_min)
    assert (gone.sum(), np.isnan(clemson.temp_max).sum(), np.isnan(clemson.temp_min).sum()) == (90, 95, 107)
    months = clemson.date.astype("datetime64[M]").astype(str)
    assert all(gone[months == month].all() for month in ("1962-09", "2005-02"))
    assert gone[np.isin(months, ["2006-05", "2006-06"])].sum() == 15
    since = slice(clemson.train.start, None)
    assert not np.isnan(clemson.temp_max[since] + clemson.temp_min[since]).any()
    known = ~np.isnan(clemson.temp_max + clemson.temp_min)
    assert (clemson.temp_max >= clemson.temp_min)[known].all()


def test_clemson_has_one_impossible_value(clemson):
    low = np.sort(clemson.temp_min[~np.isnan(clemson.temp_min)])
    assert (low[0], low[1], low[-1]) == (-57.8, -20.6, 31.7)
    assert str(clemson.date[np.nanargmin(clemson.temp_min)]) == "1936-07-18"
    assert round((low[-1] - low[1]) / (low[-1] - low[0]), 2) == 0.58
    assert (np.nanmax(clemson.temp_max), str(clemson.date[np.nanargmax(clemson.temp_max)])) == (41.1, "2012-07-02")


def test_clemson_was_read_in_whole_fahrenheit_and_round_numbers_too_often(clemson):
    high = clemson.temp_max[~np.isnan(clemson.temp_max)]
    fahrenheit = np.round(high * 1.8 + 32)
    assert np.allclose(high, np.round((fahrenheit - 32) / 1.8, 1))
    year = years(clemson.date[~np.isnan(clemson.temp_max)])
    digit = fahrenheit[(year >= 1940) & (year < 1960)] % 10
    assert [round(100 * (digit == end).mean(), 1) for end in (0, 1)] == [12.9, 8.0]
    both = ~np.isnan(np.diff(clemson.temp_max))
    assert round(100 * (np.diff(clemson.temp_max)[both] == 0).mean(), 1) == 8.6


def test_clemson_is_not_one_instrument(clemson):
    decade = years(clemson.date) // 10 * 10
    means = [round(np.nanmean(clemson.temp_min[decade == one]), 1) for one in (1930, 1980, 2010)]
    assert means == [9.7, 8.8, 10.9]
    below = clemson.temp_max[:-1] < clemson.temp_min[1:]
    assert [below[decade[:-1] == one].sum() for one in (1970, 1990)] == [0, 25]


def test_clemson_baselines_are_close_together(clemson):
    day = (clemson.date - clemson.date.astype("datetime64[Y]")).astype(int)
    train, test = clemson.train, clemson.test
    near = [abs((day[train] - one + 183) % 366 - 183) <= 7 for one in range(366)]
    season = np.array([clemson.temp_max[train][days].mean() for days in near])
    assert round(abs(np.diff(clemson.temp_max[test])).mean(), 2) == 2.75
    assert round(abs(clemson.temp_max[test] - season[day[test]]).mean(), 2) == 3.25

"""Hourly weather and fine dust in Beijing, 2010 to 2014 (Liang et al., CC BY 4.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class BeijingWeather:
    """43,824 hours without a gap, in order of time.

    Attributes:
        time: (43824,) datetime64[h], local time of Beijing (UTC+8, no summer time).
        temperature: (43824,) float64, air temperature, °C; none missing.
        dew_point: (43824,) float64, °C; none missing.
        pressure: (43824,) float64, hPa; none missing.
        wind_direction: (43824,) uint8, an index into `directions`.
        wind_speed: (43824,) float64, the hour's speed, m/s.
        wind_cumulated: (43824,) float64, as the source has it: the hours' speeds added up since the wind last turned.
        snow_hours: (43824,) uint8, hours of snow so far without a break; 0 when it does not snow.
        rain_hours: (43824,) uint8, hours of rain so far without a break; 0 when it does not rain.
        pm25: (43824,) float64, particles smaller than 2.5 micrometres, µg/m³, measured elsewhere in the city;
            NaN where missing (2,067 hours).
        directions: the names behind `wind_direction`: three quarters of the compass, and "cv", calm or variable.
        train: the hours of 2010 to 2012, as a slice.
        validation: the hours of 2013, as a slice.
        test: the hours of 2014, as a slice. Use it once.
    """

    time: np.ndarray
    temperature: np.ndarray
    dew_point: np.ndarray
    pressure: np.ndarray
    wind_direction: np.ndarray
    wind_speed: np.ndarray
    wind_cumulated: np.ndarray
    snow_hours: np.ndarray
    rain_hours: np.ndarray
    pm25: np.ndarray
    directions: ClassVar[tuple[str, ...]] = ("NE", "NW", "SE", "cv")
    train: ClassVar[slice] = slice(0, 26304)
    validation: ClassVar[slice] = slice(26304, 35064)
    test: ClassVar[slice] = slice(35064, 43824)


def load() -> BeijingWeather:
    """Return the set; see `BeijingWeather` for shapes, units and the split by year."""
    arrays = read_arrays(Path(__file__).parent, "hourly.npz")
    return BeijingWeather(
        time=arrays["time"],
        temperature=arrays["temperature_tenths"] / 10,
        dew_point=arrays["dew_point"].astype(float),
        pressure=arrays["pressure_tenths"] / 10,
        wind_direction=arrays["wind_direction"],
        wind_speed=arrays["wind_speed_hundredths"] / 100,
        wind_cumulated=_cumulated(arrays["wind_speed_hundredths"].astype(int), arrays["wind_direction"]) / 100,
        snow_hours=arrays["snow_hours"],
        rain_hours=arrays["rain_hours"],
        pm25=np.where(arrays["pm25"] < 0, np.nan, arrays["pm25"]),
    )


def _cumulated(speed: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Add up the speed, from zero again in each hour whose direction is not that of the hour before."""
    total = np.cumsum(speed)
    turns = np.flatnonzero(np.diff(direction, prepend=direction[0]))  # not the first hour, which starts at zero anyway
    before = np.zeros_like(total)
    before[turns] = total[turns - 1]
    return total - np.maximum.accumulate(before)


def samples(data: BeijingWeather) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    summer, winter = slice(24 * 180, 24 * 194), slice(24 * 16, 24 * 28)
    return [
        ("temperature in two weeks of summer 2010, by the hour, °C", data.temperature[summer]),
        ("daily mean temperature, 2010 to 2014, °C", data.temperature.reshape(-1, 24).mean(axis=1)),
        ("fine dust (PM2.5), 17 to 28 January 2013, by the hour, µg/m³", data.pm25[data.validation][winter]),
    ]
